"""What has to be done for a native stack that runs by one plan to run by another."""

from __future__ import annotations

from dataclasses import replace

from stackgen.stack.health import Check
from stackgen.stack.plan import Plan, Process
from stackgen.stack.plan_changes import Changes, changes


def process(name: str, *, configuration: str = "a", **environment: str) -> Process:
    return Process(
        name=name,
        command=(f"/usr/bin/{name}",),
        environment={"PATH": "/bin", **environment},
        directory="/tmp",
        check=Check("tcp", 9000),
        configuration=configuration,
        version="1.0",
    )


def difference(before: Process, after: Process) -> Changes:
    return changes(Plan(processes=(before,)), Plan(processes=(after,)))


def test_the_same_plan_changes_nothing() -> None:
    assert difference(process("redis"), process("redis")) == Changes()
    assert Changes().in_words() == ""


def test_another_shell_is_no_reason_to_start_anything_anew() -> None:
    elsewhere = replace(process("redis", PATH="/opt/bin", VIRTUAL_ENV="/venv"), version="1.1")
    assert difference(process("redis"), elsewhere) == Changes()


def test_another_command_or_setting_is() -> None:
    assert difference(process("redis"), process("redis", TOKEN="new")).anew == ("redis",)
    assert difference(process("redis"), replace(process("redis"), command=("redis", "-v"))).anew == ("redis",)


def test_what_can_read_its_configuration_again_goes_on() -> None:
    assert difference(process("prometheus"), process("prometheus", configuration="b")) == Changes(
        reread=("prometheus",)
    )
    assert difference(process("grafana"), process("grafana", configuration="b")) == Changes(anew=("grafana",))


def test_what_is_new_and_what_is_gone_is_told() -> None:
    found = difference(process("redis"), process("memcached"))
    assert found == Changes(added=("memcached",), ended=("redis",))
    assert found.in_words() == "started: memcached; ended: redis"
