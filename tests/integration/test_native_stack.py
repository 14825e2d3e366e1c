"""The native engine with real processes: Prometheus, Alertmanager, Redis, redis_exporter and the receiver."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from stackgen.conventions import environment_name
from stackgen.definition import load
from stackgen.findings import StackgenError
from stackgen.generators import compose, rules
from stackgen.stack.binaries import locate, on_path
from stackgen.stack.engine import ServiceStatus
from stackgen.stack.native import NativeEngine
from stackgen.stack.processes import Identity, marked
from stackgen.stack.state import Layout, ServiceState, State, read_state, write_state
from tests.conftest import require
from tests.integration.pipeline import get_json
from tests.integration.ports import free_ports
from tests.waiting import wait_for

#: A web server that answers every path, on the host and port that its last two arguments name; it does something more
#: before it answers.
SERVER = """
import http.server as h, sys
class Handler(h.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
host, port = (word.split("=")[1] for word in sys.argv[-2:])
server = h.HTTPServer((host, int(port)), Handler)
{}
server.serve_forever()
"""

SERVICES = ("receiver", "alertmanager", "redis", "redis-exporter", "prometheus")


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    """Everything that the stack runs, from PATH or from the distribution's packages."""
    for key in ("prometheus", "alertmanager", "redis-server", "redis-exporter", "memcached", "victoria-metrics"):
        try:
            locate(key, lambda _: None)
        except StackgenError as error:
            require(False, str(error))


class Project:
    """A generated project, with ports that nobody else has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.layout = Layout(folder)
        names = (*SERVICES, "grafana", "memcached", "victoriametrics")
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.environment = {
            **os.environ,
            **{environment_name("PORT", service): str(port) for service, port in self.ports.items()},
        }
        self.reported: list[str] = []
        definition = folder / "definition.yaml"
        # The workload has tests of its own; here it would only take time.
        stack = {"scrape_interval": "1s", "services": {"workload": None}}
        definition.write_text(yaml.safe_dump({"stackgen": 1, "name": "cache", "extends": "cache", "stack": stack}))
        model = load(str(definition))
        for room, generator in (("compose", compose), ("alerts", rules)):
            for path, text in generator.generate(model).items():
                self.write(f"{room}/{path}", text)
        for name in ("dashboards", "alerts/runbooks"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def edit(self, service: str, **settings: object) -> None:
        path = self.folder / "compose" / "compose.yaml"
        document = yaml.safe_load(path.read_text())
        document["services"].setdefault(service, {}).update(settings)
        path.write_text(yaml.safe_dump(document, sort_keys=False))

    def leave_only(self, service: str) -> None:
        """Take all other services out of the stack."""
        path = self.folder / "compose" / "compose.yaml"
        document = yaml.safe_load(path.read_text())
        document["services"] = {service: document["services"][service]}
        path.write_text(yaml.safe_dump(document, sort_keys=False))

    def command(self, service: str) -> list[str]:
        document = yaml.safe_load((self.folder / "compose" / "compose.yaml").read_text())
        command: list[str] = document["services"][service]["command"]
        return command

    def serve(self, name: str, code: str, **settings: object) -> None:
        """Add a service of Python code, which gets `--host` and `--port` as its last words."""
        (self.ports[name],) = free_ports(1)
        ports = [f"127.0.0.1:{self.ports[name]}:8000"]
        settings = {"restart": "unless-stopped"} | settings
        self.edit(name, build=".", command=["python", "-c", code], ports=ports, **settings)

    def engine(self, timeout: float = 180.0) -> NativeEngine:
        return NativeEngine(self.folder, environment=self.environment, timeout=timeout)

    def up(self, timeout: float = 180.0, profiles: Sequence[str] = ("demo",)) -> None:
        self.engine(timeout).up(self.reported.append, profiles)

    def status(self) -> dict[str, ServiceStatus]:
        return {status.name: status for status in self.engine().status()}

    def state(self) -> State:
        state = read_state(self.layout)
        assert state is not None
        return state

    def process(self, service: str) -> Identity:
        identity = self.state().services[service].process
        assert identity is not None
        return identity

    def identities(self) -> tuple[Identity, ...]:
        """The supervisor, its children, and whatever else carries the mark of this stack."""
        state = self.state()
        children = [service.process for service in state.services.values() if service.process is not None]
        return tuple({state.supervisor, *children, *marked(self.layout.folder)})

    def get(self, service: str, path: str) -> Any:
        return get_json(f"http://127.0.0.1:{self.ports[service]}{path}")

    def samples(self, expression: str, at: float) -> list[Any]:
        query = urllib.parse.urlencode({"query": expression, "time": at})
        found: list[Any] = self.get("prometheus", f"/api/v1/query?{query}")["data"]["result"]
        return found


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project whose stack was never started; nothing of it is left when the test is over."""
    project = Project(tmp_path)
    yield project
    project.engine().down(volumes=True)
    assert marked(project.layout.folder) == ()


@pytest.fixture
def running(project: Project) -> Project:
    """A project whose stack is up."""
    project.up()
    return project


# -- coming up --------------------------------------------------------------------------------------------------------


def test_everything_comes_up_and_says_where_it_is(running: Project) -> None:
    grafana_left_out = on_path("grafana") is None
    assert (
        "grafana is left out: there is no grafana or grafana-server on PATH" in running.reported
    ) is grafana_left_out
    expected = {*SERVICES} if grafana_left_out else {*SERVICES, "grafana"}
    ready = [line for line in running.reported if " is healthy" in line]
    assert {line.split()[0] for line in ready} == expected
    (prometheus,) = (line for line in ready if line.startswith("prometheus"))
    assert re.fullmatch(
        rf"prometheus is healthy \(\d+\.\d+\.\d+\) http://127\.0\.0\.1:{running.ports['prometheus']}", prometheus
    )
    status = running.status()
    assert {name for name, service in status.items() if service.well} == expected
    assert status["redis"].url == f"127.0.0.1:{running.ports['redis']}"
    assert status["grafana"].left_out is grafana_left_out


def test_prometheus_scrapes_everything_and_knows_alertmanager_and_the_rules(running: Project) -> None:
    def targets() -> set[str] | None:
        found = running.get("prometheus", "/api/v1/targets")["data"]["activeTargets"]
        return {target["labels"]["job"] for target in found if target["health"] == "up"} if found else None

    wait_for("all targets up", lambda: targets() == {"redis-exporter", "prometheus", "alertmanager"})
    (alertmanager,) = running.get("prometheus", "/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
    assert alertmanager["url"].startswith(f"http://127.0.0.1:{running.ports['alertmanager']}/")
    assert running.get("prometheus", "/api/v1/rules")["data"]["groups"]


def test_an_alert_reaches_the_receiver(project: Project) -> None:
    routing = (project.folder / "compose/alertmanager/alertmanager.yml").read_text()
    project.write("compose/alertmanager/alertmanager.yml", routing.replace("group_wait: 10s", "group_wait: 0s"))
    project.up()
    alert = json.dumps([{"labels": {"alertname": "ByHand", "severity": "critical"}}]).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{project.ports['alertmanager']}/api/v2/alerts",
        data=alert,
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=10).close()
    wait_for("the alert at the receiver", lambda: "ByHand" in json.dumps(project.get("receiver", "/alerts")))


def test_nothing_listens_anywhere_but_on_the_loopback_interface(running: Project) -> None:
    for service in SERVICES:
        assert listening(running.process(service).pid) == {("127.0.0.1", running.ports[service])}


def listening(pid: int) -> set[tuple[str, int]]:
    """The addresses that a process listens on, as the kernel tells them."""
    own = {str(descriptor.readlink()) for descriptor in Path(f"/proc/{pid}/fd").iterdir() if descriptor.is_symlink()}
    found = set()
    for family, table in ((socket.AF_INET, "tcp"), (socket.AF_INET6, "tcp6")):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                address, port = fields[1].split(":")
                raw = b"".join(bytes.fromhex(address[i : i + 8])[::-1] for i in range(0, len(address), 8))
                found.add((socket.inet_ntop(family, raw), int(port, 16)))
    return found


def test_started_twice_it_says_so_and_changes_nothing(running: Project) -> None:
    before = running.state()
    running.reported.clear()
    running.up()
    assert running.reported[-1] == "the stack is up already; nothing was changed"
    assert running.state() == before


def test_what_was_generated_anew_is_taken_over_while_the_rest_goes_on(running: Project) -> None:
    before = {name: running.process(name) for name in SERVICES}
    path = "compose/alertmanager/alertmanager.yml"
    running.write(path, (running.folder / path).read_text().replace("group_wait: 10s", "group_wait: 11s"))
    running.up()
    assert running.reported[-1] == "the stack is up already; configuration read again: alertmanager"
    assert "group_wait: 11s" in running.get("alertmanager", "/api/v2/status")["config"]["original"]
    running.edit("redis", command=[*running.command("redis"), "--maxclients", "77"])
    running.up()
    assert running.reported[-1] == "the stack is up already; started anew because they have changed: redis"
    after = {name: running.process(name) for name in SERVICES}
    assert {name for name in SERVICES if after[name] != before[name]} == {"redis"}
    running.up()
    assert running.reported[-1] == "the stack is up already; nothing was changed"


def test_a_file_of_targets_is_nothing_that_was_generated_anew(running: Project) -> None:
    running.write("compose/targets/shop.yml", "- targets: ['shop.example.org:80']\n")
    running.up()
    assert running.reported[-1] == "the stack is up already; nothing was changed"


def test_a_configuration_that_is_refused_is_not_what_the_next_start_finds(running: Project) -> None:
    path = "compose/prometheus/prometheus.yml"
    text = (running.folder / path).read_text()
    running.write(path, text + "nonsense: true\n")
    with pytest.raises(StackgenError, match=r"(?s)prometheus refuses its new configuration.*field nonsense not found"):
        running.up()
    assert "runs with an older configuration" in running.status()["prometheus"].detail
    running.process("prometheus").send(signal.SIGKILL)
    wait_for("a restart", lambda: running.state().services["prometheus"].restarts == 1)
    wait_for("health", lambda: running.status()["prometheus"].well)
    with pytest.raises(StackgenError, match="refuses its new configuration"):
        running.up()
    running.write(path, text)
    running.up()


def test_two_at_once_is_refused(project: Project) -> None:
    project.layout.folder.mkdir(parents=True)
    with project.layout.lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for start_or_stop in (project.up, project.engine().down):
            with pytest.raises(StackgenError, match="another `stackgen up` or `down` is at work on this stack"):
                start_or_stop()


def test_a_flag_that_this_version_does_not_know_is_left_out(project: Project) -> None:
    project.edit("prometheus", command=[*project.command("prometheus"), "--web.not-yet-invented=1"])
    project.up()
    assert any("does not know --web.not-yet-invented=1; it runs without" in line for line in project.reported)
    assert project.status()["prometheus"].well


def test_memcached_joins_too(project: Project) -> None:
    (port,) = free_ports(1)
    project.edit("sessions", image="memcached:1.6", command=["-m", "16"], ports=[f"127.0.0.1:{port}:11211"])
    project.up()
    assert project.status()["sessions"].well
    assert listening(project.process("sessions").pid) == {("127.0.0.1", port)}


def test_a_profile_joins_what_runs_and_prometheus_writes_to_its_store(running: Project) -> None:
    wait_for("a scrape", lambda: running.samples("up", time.time()) or None)
    then = time.time()
    before = running.process("prometheus")
    running.up(profiles=["memcached", "scale"])
    assert running.reported[-1].startswith("the stack is up already; started: memcached, ")
    assert running.process("prometheus") == before, "it has read its configuration again"
    status = running.status()
    assert {name for name, service in status.items() if service.well} >= {"redis", "memcached", "victoriametrics"}
    assert running.samples("up", then), "what was known stays"

    def stored() -> set[str]:
        found = running.get("victoriametrics", "/api/v1/query?query=up")["data"]["result"]
        return {series["metric"]["job"] for series in found}

    jobs = {"redis-exporter", "victoriametrics", "prometheus", "alertmanager"}
    wait_for("samples of all jobs in the store", lambda: stored() == jobs)
    for service in ("memcached", "victoriametrics"):
        assert listening(running.process(service).pid) == {("127.0.0.1", running.ports[service])}
    assert set(running.engine().memory()) == {name for name, service in status.items() if service.running}


def test_a_profile_that_cannot_join_leaves_what_runs_as_it_is(running: Project) -> None:
    before = running.identities()
    line = f"port {running.ports['memcached']}, which memcached needs, is in use"
    with socket.create_server(("127.0.0.1", running.ports["memcached"])), pytest.raises(StackgenError, match=line):
        running.up(profiles=["memcached"])
    prometheus = running.folder / "compose" / "prometheus" / "prometheus.yml"
    text = prometheus.read_text()
    prometheus.write_text("a: [redis:6379")
    with pytest.raises(StackgenError, match="while parsing"):
        running.up(profiles=["memcached"])
    prometheus.write_text(text)
    assert all(identity.alive for identity in before)
    assert running.status()["prometheus"].well


# -- not coming up ----------------------------------------------------------------------------------------------------


def test_a_port_in_use_is_told_before_anything_starts(project: Project) -> None:
    with socket.create_server(("127.0.0.1", project.ports["prometheus"])):
        line = f"port {project.ports['prometheus']}, which prometheus needs, is in use; .* STACKGEN_PORT_PROMETHEUS"
        with pytest.raises(StackgenError, match=line):
            project.up()
    assert not project.layout.state.exists()


def test_a_service_that_dies_at_its_start_takes_the_stack_down_again(project: Project) -> None:
    project.write("compose/prometheus/prometheus.yml", "not_a_setting: 1\n")
    with pytest.raises(
        StackgenError, match=r"^prometheus does not run: ended with status \d+: .*not_a_setting"
    ) as caught:
        project.up()
    assert str(caught.value).endswith(f"its log is {project.layout.log('prometheus')}")
    assert "not_a_setting" in project.layout.log("prometheus").read_text()
    assert marked(project.layout.folder) == ()
    assert not project.engine().down()


def test_a_service_that_never_answers_takes_the_stack_down_again(project: Project) -> None:
    project.serve("silent", "print('still thinking', flush=True); import time; time.sleep(600)")
    project.leave_only("silent")
    # Long enough for a busy machine to start a Python that prints a line, which is told of it.
    with pytest.raises(StackgenError, match=r"^silent is not healthy after 6 s: still thinking; its log is /"):
        project.up(timeout=6, profiles=())
    assert marked(project.layout.folder) == ()


def test_a_full_disk_is_one_line(project: Project) -> None:
    project.layout.folder.mkdir(parents=True)
    project.layout.plan.with_name("plan.json.new").symlink_to("/dev/full")
    with pytest.raises(
        StackgenError, match=r"^there is no space left on the disk; make some and run the command again$"
    ):
        project.up()
    assert marked(project.layout.folder) == ()


def test_a_project_without_a_stack_is_told_how_to_make_one(tmp_path: Path) -> None:
    engine = NativeEngine(tmp_path)
    for ask in (engine.status, lambda: engine.up(print)):
        with pytest.raises(StackgenError, match="there is no stack here; `stackgen generate` makes it"):
            ask()
    assert not engine.down()
    assert list(tmp_path.iterdir()) == []


# -- while it runs ----------------------------------------------------------------------------------------------------


def test_a_killed_service_is_started_again(running: Project) -> None:
    before = running.process("redis")
    before.send(signal.SIGKILL)
    wait_for("redis anew", lambda: running.state().services["redis"].restarts == 1 and running.status()["redis"].well)
    assert running.process("redis") != before
    assert "restarted once because killed by SIGKILL" in running.status()["redis"].detail


def test_what_a_killed_service_leaves_behind_does_not_stop_its_restart(project: Project) -> None:
    # The child holds the port, as a worker of a killed server does.
    project.serve("forking", SERVER.format("import os; os.fork()"))
    project.up()
    project.process("forking").send(signal.SIGKILL)
    wait_for("a restart", lambda: project.state().services["forking"].restarts == 1)
    wait_for("health", lambda: project.status()["forking"].well)


def test_a_service_that_was_well_and_dies_again_and_again_is_reported_and_never_given_up(project: Project) -> None:
    trouble = project.folder / "trouble"
    project.serve("moody", SERVER.format(f"import os; os.path.exists('{trouble}') and sys.exit('panic: no space')"))
    project.up()
    trouble.touch()
    project.process("moody").send(signal.SIGKILL)
    wait_for("it counts as failing", lambda: project.state().services["moody"].failing)
    status = project.status()
    assert (status["moody"].state, status["moody"].health, status["moody"].url) == ("restarting", "-", None)
    assert status["moody"].detail == "ended with status 1: panic: no space"
    with pytest.raises(StackgenError, match=r"^moody does not run: ended with status 1: panic: no space; .* each min"):
        project.up()
    assert project.status()["prometheus"].well, "up does not take down what runs"
    trouble.unlink()
    project.up()  # and does not wait for the next attempt
    assert project.status()["moody"].well


def test_a_service_that_is_not_to_be_restarted_is_not(project: Project) -> None:
    project.serve("once", SERVER.format("pass"), restart="no")
    project.up()
    project.process("once").send(signal.SIGTERM)
    wait_for("its end", lambda: project.status()["once"].state == "exited")
    assert project.state().services["once"].restarts == 0


def test_a_service_that_is_held_is_unhealthy_until_it_is_released(running: Project) -> None:
    running.engine().hold("redis")
    try:
        assert (running.status()["redis"].state, running.status()["redis"].health) == ("running", "unhealthy")
    finally:
        running.engine().release("redis")
    wait_for("health", lambda: running.status()["redis"].health == "healthy")


def test_a_prometheus_whose_disk_was_full_is_started_anew_and_loses_nothing(project: Project) -> None:
    require(os.geteuid() == 0, "a small disk is mounted for it; run the tests as root")

    def latest(at: float) -> float | None:
        """When something was scraped last by a time."""
        found = project.samples("max(timestamp(up))", at)
        return float(found[0]["value"][1]) if found else None

    disk = project.layout.data / "prometheus-data"
    disk.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(disk)], check=True)
    try:
        project.up(profiles=())
        first = wait_for("a scrape", lambda: latest(time.time()))
        before = project.process("prometheus")
        subprocess.run(["dd", "if=/dev/zero", f"of={disk / 'ballast'}", "bs=4k"], capture_output=True, check=False)
        wait_for("it is said", lambda: "its disk was full" in project.status()["prometheus"].detail)
        assert project.status()["prometheus"].health == "unhealthy"
        (disk / "ballast").unlink()
        wait_for("it is started anew", lambda: project.state().services["prometheus"].process not in (None, before))
        wait_for("it is well", lambda: project.status()["prometheus"].well)
        anew = time.time()
        then = wait_for("a scrape", lambda: (at := latest(time.time())) and at > anew and at)
        mended = project.process("prometheus")
        os.kill(mended.pid, signal.SIGKILL)
        wait_for("it is started again", lambda: project.state().services["prometheus"].process not in (None, mended))
        wait_for("it is well again", lambda: project.status()["prometheus"].well)
        assert latest(first) == first
        assert latest(then) == then
    finally:
        project.engine().down(volumes=False)
        subprocess.run(["umount", str(disk)], check=True)


# -- going down -------------------------------------------------------------------------------------------------------


def test_down_leaves_no_process_and_tells_whether_there_was_one(running: Project) -> None:
    processes = running.identities()
    assert len(processes) >= len(SERVICES) + 1
    assert running.engine().down()
    assert not [process for process in processes if process.alive]
    assert {service.state for service in running.status().values()} == {"missing"}
    assert [path.name for path in running.layout.folder.iterdir()] == ["data"]
    assert not running.engine().down()
    assert running.engine().down(volumes=True)
    assert not (running.folder / ".stackgen").exists()


def test_children_die_with_a_killed_supervisor(running: Project) -> None:
    processes = running.identities()
    running.state().supervisor.send(signal.SIGKILL)
    wait_for("the end of all", lambda: not [process for process in processes if process.alive])
    status = running.status()["redis"]
    assert status.state == "exited"
    assert status.detail == "the stack's supervisor was killed; `stackgen up` starts it anew"
    assert running.engine().down()
    assert {service.state for service in running.status().values()} == {"missing"}


def test_after_a_killed_supervisor_the_stack_starts_anew(running: Project) -> None:
    running.state().supervisor.send(signal.SIGKILL)
    running.up(profiles=())
    assert running.status()["redis"].well, "with the profiles that it had"


def test_what_detaches_itself_and_does_not_want_to_end_is_ended_too(project: Project) -> None:
    detached = "import os, signal; os.fork() or (os.setsid(), signal.signal(signal.SIGTERM, signal.SIG_IGN))"
    project.serve("detaching", SERVER.format(detached))
    project.up()
    processes = project.identities()
    project.state().supervisor.send(signal.SIGKILL)
    wait_for("orphans alone", lambda: not project.state().supervised)
    assert len(marked(project.layout.folder)) >= 1
    assert project.engine().down()
    assert not [process for process in processes if process.alive]


def test_down_after_an_up_that_was_killed(project: Project) -> None:
    script = "import pathlib, sys, stackgen.stack.native as n; n.NativeEngine(pathlib.Path(sys.argv[1])).up(print)"
    words = [sys.executable, "-c", script, str(project.folder)]
    with subprocess.Popen(words, env=project.environment, stdout=subprocess.PIPE) as up:
        wait_for("a first process", lambda: project.layout.state.exists() and bool(marked(project.layout.folder)))
        up.kill()
    processes = project.identities()
    assert project.engine().down()
    assert not [process for process in processes if process.alive]


def test_a_recycled_number_is_not_ended(project: Project) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        identity = Identity.of(stranger.pid)
        assert identity is not None
        # What a machine that lost power leaves: numbers that other processes have now.
        gone = replace(identity, started=identity.started - 1)
        project.layout.folder.mkdir(parents=True)
        write_state(project.layout, State(gone, {"redis": ServiceState("running", gone, ready=True)}))
        assert project.engine().down()
        stranger.send_signal(signal.SIGUSR1)
        assert stranger.wait(60) == -signal.SIGUSR1, "SIGTERM or SIGKILL before it would have been what ended it"


def test_a_state_that_cannot_be_read_hides_no_process(running: Project) -> None:
    processes = running.identities()
    running.layout.state.write_text('{"version": 99}')
    assert running.engine().down()
    assert not [process for process in processes if process.alive]


def test_data_survives_down_and_up_until_it_is_removed(running: Project) -> None:
    wait_for("a scrape", lambda: running.samples("up", time.time()) or None)
    then = time.time()
    running.engine().down()
    running.up()
    assert running.samples("up", then)
    assert running.engine().down(volumes=True)
    assert not running.layout.data.exists()
    running.up()
    assert not running.samples("up", then)


def test_its_logs_can_be_read(running: Project) -> None:
    assert any("Ready to accept connections" in line for line in running.engine().logs("redis", follow=False, lines=50))
    assert {line.split()[0] for line in running.engine().logs(None, follow=False, lines=1)} >= {"redis", "prometheus"}


def test_git_sees_nothing_of_it(running: Project) -> None:
    subprocess.run(["git", "init", "-q"], cwd=running.folder, check=True)
    seen = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=running.folder, check=True, capture_output=True
    )
    assert b".stackgen/" not in seen.stdout
