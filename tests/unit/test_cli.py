"""The commands as a user types them: what they print, what they leave behind, and their exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

import stackgen
from stackgen import cli
from stackgen.cli import main
from stackgen.commands.status import table, verdict
from stackgen.definition import load, packs
from stackgen.generators import registry
from stackgen.output import MANIFEST, transaction
from stackgen.stack import ServiceStatus
from stackgen.stack.health import Check
from stackgen.stack.plan import Plan, Process, write_plan
from stackgen.stack.processes import Identity
from stackgen.stack.state import Layout, ServiceState, State, write_state

Run = Callable[..., tuple[int, str, str]]

#: A small definition of another domain, `{name}`, as a file of the user's.
SMALL = """\
stackgen: 1
name: {name}
title: {name}
metrics:
  jobs: {{type: counter, help: Jobs that ended.}}
events:
  done: {{count: jobs}}
signals:
  throughput: {{title: Jobs, rate: {{of: jobs}}}}
alerts:
  {alert}:
    signal: throughput
    below: 1
    for: 5m
    severity: warning
    summary: "only {{value}}"
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory in which the commands run."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return project


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process: its exit code, standard output and standard error."""

    def command(*words: str) -> tuple[int, str, str]:
        try:
            code = main(words)
        except SystemExit as end:  # argparse ends by itself on --help and on bad arguments
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a Python of its own, so that what it imports is its own doing."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def small(name: str, alert: str = "TooSlow") -> str:
    """Write a small definition; returns its path."""
    Path(f"{name}.yaml").write_text(SMALL.format(name=name, alert=alert))
    return f"{name}.yaml"


def files(folder: Path = Path()) -> set[str]:
    """All generated files."""
    return {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and file.name != MANIFEST and file.suffix != ".toml" and file.parent != folder
    }


def contents(folder: Path = Path()) -> dict[str, bytes]:
    return {file.as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


# -- generate ---------------------------------------------------------------------------------------------------------


def test_generate_writes_every_kind_to_its_folder(run: Run) -> None:
    code, out, _ = run("generate", "cache")
    assert code == 0
    made = files()
    assert {"exporters/cache.py", "dashboards/cache/overview.json", "alerts/cache.rules.yaml"} <= made
    assert {"alerts/runbooks/cache/CacheHitRatioLow.md", "compose/compose.yaml"} <= made
    assert out == f"{len(made)} written, 0 unchanged, 0 removed\n"


def test_generating_twice_changes_nothing(run: Run) -> None:
    run("generate", "cache")
    before = contents()
    code, out, _ = run("generate", "cache")
    assert code == 0
    assert out == f"0 written, {len(files())} unchanged, 0 removed\n"
    assert contents() == before


def test_generating_elsewhere_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    run("generate", "cache")
    run("generate", "cache", "--out", str(tmp_path / "elsewhere"))
    os.chdir(tmp_path / "elsewhere")
    there = contents()
    os.chdir(tmp_path / "project")
    assert contents() == there


def test_another_hash_seed_and_locale_give_the_same_bytes(tmp_path: Path) -> None:
    for number, language in (("1", "C"), ("2", "C.UTF-8")):
        done = python(
            f"from stackgen.cli import main; main(['generate', 'cache', '--out', {str(tmp_path / number)!r}])",
            PYTHONHASHSEED=number,
            LC_ALL=language,
            TZ="Pacific/Auckland" if number == "1" else "UTC",
        )
        assert done.returncode == 0, done.stderr
    one, two = (
        {f.relative_to(p): f.read_bytes() for f in p.rglob("*") if f.is_file()} for p in map(tmp_path.joinpath, "12")
    )
    assert one == two


def test_check_is_silent_about_files_in_step_and_writes_nothing(run: Run) -> None:
    run("generate", "cache")
    before = contents()
    code, out, _ = run("generate", "cache", "--check")
    assert code == 0
    assert out == f"{len(files())} files are in step\n"
    assert contents() == before


def test_check_prints_what_is_missing_different_and_superfluous(run: Run) -> None:
    small("jobs", alert="Old")
    run("generate", "jobs.yaml")
    small("jobs", alert="New")
    Path("dashboards/jobs/overview.json").unlink()
    before = contents()
    code, out, _ = run("generate", "jobs.yaml", "--check")
    assert code == 1
    assert re.search(r"^-\s+- alert: Old$", out, re.MULTILINE)
    assert "+++ b/dashboards/jobs/overview.json" in out
    assert "--- a/alerts/runbooks/jobs/Old.md\n+++ /dev/null" in out
    assert "--- /dev/null\n+++ b/alerts/runbooks/jobs/New.md" in out
    assert re.search(r"out of step: \d+ missing, \d+ different, \d+ superfluous; `stackgen generate` brings", out)
    assert contents() == before

    assert run("generate", "jobs.yaml")[0] == 0
    assert run("generate", "jobs.yaml", "--check")[0] == 0
    assert not Path("alerts/runbooks/jobs/Old.md").exists()


def test_an_edited_file_is_left_alone_until_forced(run: Run) -> None:
    run("generate", "cache")
    edited = Path("alerts/cache.rules.yaml")
    original = edited.read_bytes()
    edited.write_text("by hand\n")
    code, out, err = run("generate", "cache")
    assert (code, out) == (2, "")
    assert err.startswith("alerts/cache.rules.yaml: was edited since stackgen wrote it\n")
    assert "--force" in err
    assert edited.read_text() == "by hand\n"
    assert run("generate", "cache", "--check")[0] == 1
    assert run("generate", "cache", "--force")[0] == 0
    assert edited.read_bytes() == original


def test_only_some_kinds(run: Run) -> None:
    small("jobs")
    run("generate", "jobs.yaml")
    everything = files()
    small("jobs", alert="Renamed")
    code, out, _ = run("generate", "jobs.yaml", "--only", "rules")
    assert code == 0
    assert out.startswith("1 written")
    assert files() == everything  # the runbook in the same folder is of another kind, and stays
    run("generate", "jobs.yaml", "--only", "runbooks, rules")
    assert "alerts/runbooks/jobs/Renamed.md" in files()
    assert "alerts/runbooks/jobs/TooSlow.md" not in files()


def test_an_unknown_kind_is_told_with_the_nearest_one(run: Run) -> None:
    code, _, err = run("generate", "--only", "rule")
    assert code == 2
    assert "no kind 'rule'; did you mean 'rules'?" in err


def test_without_a_definition_the_project_says_which(run: Run) -> None:
    Path("pyproject.toml").write_text(
        f'[tool.stackgen]\ndefinitions = ["{small("jobs")}"]\nexporters = "app/metrics"\n'
    )
    assert run("generate")[0] == 0
    assert "app/metrics/jobs.py" in files()
    assert not Path("exporters").exists()


def test_out_has_the_plain_folders(run: Run) -> None:
    Path("pyproject.toml").write_text(
        f'[tool.stackgen]\ndefinitions = ["{small("jobs")}"]\nexporters = "app/metrics"\n'
    )
    assert run("generate", "--out", "build")[0] == 0
    assert Path("build/exporters/jobs.py").exists()


def test_of_several_definitions_the_first_one_makes_the_stack(run: Run) -> None:
    small("jobs"), small("mail")
    assert run("generate", "jobs.yaml", "mail.yaml")[0] == 0
    assert {"exporters/jobs.py", "exporters/mail.py", "alerts/jobs.rules.yaml", "alerts/mail.rules.yaml"} <= files()
    recorded = json.loads(Path("compose", MANIFEST).read_text())["files"]
    assert {entry["definition"] for entry in recorded.values()} == {"jobs"}


def test_a_definition_named_twice_is_one(run: Run) -> None:
    small("jobs")
    assert run("generate", "jobs.yaml", "jobs.yaml")[0] == 0


def test_two_definitions_of_one_name_are_refused(run: Run) -> None:
    Path("other.yaml").write_text(Path(small("jobs")).read_text())
    code, _, err = run("generate", "jobs.yaml", "other.yaml")
    assert code == 2
    assert "is made twice, from the definitions 'jobs' and 'jobs'" in err
    assert files() == set()


def test_what_is_included_brings_its_dashboards_rules_and_runbooks(run: Run) -> None:
    small("mail")
    Path(small("jobs")).write_text(Path("jobs.yaml").read_text() + "includes: [mail.yaml]\n")
    assert run("generate", "jobs.yaml")[0] == 0
    assert {"dashboards/mail/overview.json", "alerts/mail.rules.yaml", "alerts/runbooks/mail/TooSlow.md"} <= files()
    assert "exporters/mail.py" not in files()
    assert run("generate", "jobs.yaml", "mail.yaml")[0] == 0

    small("jobs")  # includes nothing any more; but mail.yaml is generated for itself by now
    run("generate", "jobs.yaml")
    assert "alerts/mail.rules.yaml" in files()


def test_what_is_included_goes_with_the_include(run: Run) -> None:
    small("mail")
    Path(small("jobs")).write_text(Path("jobs.yaml").read_text() + "includes: [mail.yaml]\n")
    run("generate", "jobs.yaml")
    small("jobs")
    run("generate", "jobs.yaml")
    assert not any("mail" in file for file in files())


def test_a_wrong_definition_writes_nothing(run: Run) -> None:
    Path("wrong.yaml").write_text(SMALL.format(name="jobs", alert="A").replace("{of: jobs}", "{of: jbos}"))
    code, out, err = run("generate", "wrong.yaml")
    assert (code, out) == (2, "")
    assert re.match(r"wrong\.yaml:\d+:\d+: .*jbos", err)
    assert files() == set()


# -- the other commands -----------------------------------------------------------------------------------------------


def test_init_starts_a_project_that_generates_at_once(run: Run) -> None:
    code, out, _ = run("init")
    assert code == 0
    assert "stackgen generate" in out
    assert run("validate")[:1] == (0,)
    assert run("generate")[0] == 0
    assert "exporters/cache.py" in files()


@pytest.mark.parametrize("pack", packs())
def test_every_pack_can_be_started_from_and_its_examples_hold(run: Run, pack: str) -> None:
    assert run("init", "--pack", pack, "new/shop")[0] == 0
    written = Path("new/shop/stackgen.yaml")
    assert load(written).name == load(pack).name
    head, *examples = written.read_text().partition("\n# A threshold of your own")
    uncommented = [
        line.removeprefix("# ") if re.match(r"# ( |\w+:$)", line) else line for line in "".join(examples).splitlines()
    ]
    written.write_text("\n".join([head, *uncommented, ""]))
    changed = load(written)
    [*_, target] = changed.stack.targets
    [address] = target.addresses
    assert address.startswith("host.docker.internal:")
    assert target.job == changed.stack.jobs[0]


def test_init_of_a_system_that_exists_says_what_is_made_of_it(run: Run) -> None:
    code, out, _ = run("init", "--pack", "redis")
    assert code == 0
    assert "exporters/" not in out
    text = Path("stackgen.yaml").read_text()
    assert "the exporter" not in text
    assert "services: {redis: null, redis-exporter: null}" in text
    assert 'addresses: ["host.docker.internal:9121"]' in text
    assert "#   RedisHitRatioLow:" in text  # and not one that is about a state
    assert run("generate")[0] == 0
    assert not [file for file in files() if file.startswith("exporters/")]


def test_an_exporter_of_a_system_that_exists_is_asked_for_in_vain(run: Run) -> None:
    code, out, _ = run("generate", "redis", "--only", "exporter")
    assert code == 0
    assert "redis: no exporter, because it has no events: it describes what somebody else exposes" in out


def test_dashboards_alone_say_that_they_need_the_rules(run: Run) -> None:
    told = "read what rules record: Prometheus needs those too (`--only rules`)"
    assert (
        f"panels of cache, redis, exporter, prometheus, alertmanager {told}"
        in run("generate", "cache", "--only", "dashboards")[1]
    )
    assert told not in run("generate", "cache", "--only", "dashboards,rules")[1]
    Path("plain.yaml").write_text(
        "stackgen: 1\nname: plain\ntitle: Plain\nmetrics: {done: {type: counter, help: Done.}}\n"
        "signals: {done: {title: Done, rate: {of: done}}}\n"
    )
    code, out, _ = run("generate", "plain.yaml", "--only", "dashboards", "--out", "plain")
    assert (code, "rules" in out) == (0, False)


def test_init_never_overwrites(run: Run) -> None:
    Path("stackgen.yaml").write_text("mine\n")
    code, _, err = run("init")
    assert code == 2
    assert "is there already and is left alone" in err
    assert Path("stackgen.yaml").read_text() == "mine\n"


def test_init_names_the_nearest_pack(run: Run) -> None:
    code, _, err = run("init", "--pack", "cahce")
    assert code == 2
    assert "no pack 'cahce'; did you mean 'cache'?" in err


def test_packs_lists_what_ships(run: Run) -> None:
    code, out, _ = run("packs")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(packs())
    assert "golden signals of a cache" in out


def test_schema_is_json_that_names_the_language(run: Run) -> None:
    code, out, _ = run("schema")
    assert code == 0
    assert {"metrics", "signals", "alerts"} <= set(json.loads(out)["properties"])


def test_validate_prints_every_problem_of_every_definition(run: Run) -> None:
    small("jobs")
    Path("one.yaml").write_text("stackgen: 1\nname: one\n")
    Path("two.yaml").write_text("stackgen: 1\nname: TWO\ntitle: Two\ncolour: red\n")
    code, out, err = run("validate", "one.yaml", "jobs.yaml", "two.yaml")
    assert code == 2
    assert out == "jobs.yaml: valid; 1 metrics, 1 signals, 1 alerts\n"
    assert [line.partition(":")[0] for line in err.splitlines()] == ["one.yaml", "two.yaml", "two.yaml"]


def test_validate_in_a_project_is_about_its_definitions(run: Run) -> None:
    Path("stackgen.yaml").write_text("stackgen: 1\n")
    code, _, err = run("validate")
    assert code == 2
    assert err.startswith("stackgen.yaml:")


def test_version(run: Run) -> None:
    code, out, _ = run("--version")
    assert (code, out) == (0, "stackgen 0.1.0\n")


def test_without_a_command_the_help_says_what_there_is(run: Run) -> None:
    code, out, err = run()
    assert (code, out) == (2, "")
    assert all(
        command in err for command in ("generate", "init", "packs", "schema", "validate", "up", "down", "status")
    )


def service(
    name: str, state: str = "running", health: str = "healthy", detail: str = "", version: str = ""
) -> ServiceStatus:
    url = f"http://127.0.0.1:9090/{name}" if state == "running" else None
    return ServiceStatus(name, state, health, url, detail, version)


@pytest.mark.parametrize(
    ("services", "code"),
    [
        ([service("redis"), service("prometheus")], 0),
        ([service("redis"), service("redis-exporter", health="-")], 0),
        ([service("redis"), service("grafana", "missing", "-", "there is no grafana on PATH")], 0),
        ([service("redis"), service("grafana", "missing", "-")], 1),
        ([service("redis"), service("prometheus", health="starting")], 1),
        ([service("redis"), service("prometheus", "exited", "-", "exit code 1")], 1),
        ([service("prometheus", "restarting", "-", "restarted 4 times")], 1),
        ([service("redis", "exited", "-"), service("prometheus", "missing", "-")], 3),
        ([], 3),
    ],
)
def test_status_tells_health_by_its_exit_code(services: list[ServiceStatus], code: int) -> None:
    assert verdict(services) == code


def test_status_is_an_aligned_table() -> None:
    services = [service("redis", detail="pid 7", version="8.0.6"), service("prometheus", "exited", "-")]
    assert table(services, {"redis": 7 << 20}) == [
        "SERVICE     STATE    HEALTH   VERSION  MEMORY  URL                          DETAIL",
        "redis       running  healthy  8.0.6    7 MiB   http://127.0.0.1:9090/redis  pid 7",
        "prometheus  exited   -        -        -       -",
    ]


@pytest.mark.parametrize("command", ["up", "down", "status", "logs"])
def test_the_engine_is_one_of_those_that_there_are(run: Run, command: str) -> None:
    code, _, err = run(command, "--engine", "podman")
    assert code == 2
    assert "invalid choice: 'podman'" in err


def test_a_profile_that_no_service_has_is_named_with_those_that_there_are(run: Run) -> None:
    run("generate", "cache")
    code, _, err = run("up", "--engine", "native", "--profile", "demos")
    assert code == 2
    assert "the stack has no profile 'demos', it has demo, memcached, statsd, scale" in err


def test_a_variable_that_nobody_has_set_is_named_before_anything_starts(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APP_TOKEN", raising=False)
    app = "services: {app: {image: 'redis:8', port: 6379, environment: {TOKEN: '${APP_TOKEN}'}, profile: app}}"
    Path("stackgen.yaml").write_text(f"stackgen: 1\nname: shop\nextends: cache\nstack: {{{app}}}\n")
    run("generate")
    code, _, err = run("up", "--engine", "native", "--profile", "app")
    assert (code, len(err.splitlines())) == (2, 1)
    assert err.startswith("app needs APP_TOKEN, which is not set; set it where `stackgen up` runs, or in ")
    assert run("status", "--engine", "native")[0] == 3, "who only asks need not know it"


def test_up_tells_of_a_definition_that_has_changed_since_and_generates_nothing(run: Run) -> None:
    def up() -> str:
        # Nothing comes up: there is no such profile.
        return run("up", "--engine", "native", "--profile", "none")[1]

    definition = Path("stackgen.yaml")
    definition.write_text("stackgen: 1\nname: shop\nextends: cache\n")
    run("generate")
    assert up() == ""
    rules = Path("alerts", "shop.rules.yaml")
    before = rules.read_text()
    rules.write_text(f"{before}# mine\n")
    assert up() == "", "an edited file is its owner's"
    rules.write_text(before)

    definition.write_text("stackgen: 1\nname: shop\nextends: cache\nstack: {scrape_interval: 7s}\n")
    line = "stackgen.yaml, or stackgen itself, has changed since compose/ was generated; `stackgen generate` takes"
    assert up().startswith(line)
    assert "7s" not in Path("compose", "prometheus", "prometheus.yml").read_text()
    definition.write_text("stackgen: 1\nname: shop\nextends: cash\n")
    assert up().startswith(
        "stackgen.yaml cannot be used as it is now, so the stack runs with what was generated before: "
    )


def test_up_says_nothing_of_the_projects_definition_where_the_stack_is_anothers(run: Run) -> None:
    run("generate", "redis")
    assert run("up", "--engine", "native", "--profile", "none")[1] == ""


def test_logs_of_a_service_that_the_stack_has_not_name_those_that_it_has(run: Run) -> None:
    run("generate", "cache")
    code, _, err = run("logs", "--engine", "native", "rediss")
    assert code == 2
    assert err.startswith("the stack has no service 'rediss'; it has receiver, alertmanager, redis,")
    said = "nothing was said; `stackgen status` tells what runs\n"
    assert run("logs", "--engine", "native", "redis") == (0, "", said)


def test_a_break_that_cannot_be_is_one_line(run: Run) -> None:
    run("generate", "cache")
    assert run("break", "--engine", "native", "burts") == (2, "", "no scenario 'burts'; did you mean 'burst'?\n")
    code, _, err = run("break", "--engine", "native", "slow")
    assert (code, err.splitlines()) == (
        2,
        ["prometheus does not run; `stackgen up --profile demo` starts what can be broken"],
    )
    code, _, err = run("break", "slow", "--for", "soon")
    assert (code, err) == (2, "--for soon: it is no duration; write one such as 90s or 5m\n")


@pytest.mark.parametrize("time", ["soon", "0", "-3", "inf"])
def test_a_time_that_cannot_be_waited_for_is_refused(time: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["up", f"--timeout={time}"])
    assert f"'{time}' is no number of seconds" in capsys.readouterr().err


def test_status_where_there_is_no_stack_names_the_command_that_makes_one(run: Run) -> None:
    code, _, err = run("status", "--engine", "native")
    assert code == 2
    assert "`stackgen generate` makes it" in err


def test_status_of_a_stack_that_was_not_started(run: Run) -> None:
    run("generate", "cache")
    assert run("status", "--engine", "native") == (3, "nothing runs; `stackgen up` starts the stack\n", "")
    assert run("down", "--engine", "native") == (0, "nothing ran\n", "")


def test_status_of_a_stack_whose_supervisor_was_killed_says_so(run: Run) -> None:
    run("generate", "cache")
    layout = Layout(Path.cwd())
    layout.folder.mkdir(parents=True)
    check = Check("http", 9090)
    process = Process(name="prometheus", command=("prometheus",), environment={}, directory="/", check=check)
    write_plan(layout, Plan(processes=(process,)))
    write_state(layout, State(Identity(pid=1, started=-1, boot="before"), {"prometheus": ServiceState("running")}))
    code, out, _ = run("status", "--engine", "native")
    assert code == 3
    assert "the stack's supervisor was killed; `stackgen up` starts it anew" in out


# -- how it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("what\nnow"), RecursionError("deep"), MemoryError()])
def test_nothing_ends_in_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fails(_kind: object) -> None:
        raise error

    monkeypatch.setattr("stackgen.generation.generator", fails)
    code, out, err = run("generate", "cache")
    assert code == (130 if isinstance(error, KeyboardInterrupt) else 70)
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err
    assert files() == set()


def test_termination_puts_half_done_work_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    small("jobs")
    run("generate", "jobs.yaml")
    before = contents()
    small("jobs", alert="Renamed")
    real = transaction._put_in_place

    def terminated(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]  # passed on as they come
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(transaction, "_put_in_place", terminated)
    handler = signal.getsignal(signal.SIGTERM)
    assert run("generate", "jobs.yaml")[0] == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is handler
    small("jobs")
    assert contents() == before


def test_a_defect_can_be_looked_into(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKGEN_DEBUG", "1")
    monkeypatch.setattr("stackgen.generation.generator", lambda kind: 1 // 0)
    code, _, err = run("generate", "cache")
    assert code == 70
    assert "Traceback" in err


def test_a_reader_that_leaves_is_no_error() -> None:
    command = [sys.executable, "-m", "stackgen", "generate", "cache", "--check"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 128 + signal.SIGPIPE


@pytest.mark.parametrize(
    ("module", "command"),
    [
        ("yaml", "PyYAML"),
        ("jsonschema", "jsonschema"),
        ("grafanalib", "grafanalib"),
        ("promql_parser", "promql-parser"),
    ],
)
def test_a_missing_extra_is_named_with_the_command_that_installs_it(module: str, command: str, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("stackgen: 1\nextends: cache\n", encoding="utf-8")
    done = python(f"""
        import sys
        sys.modules[{module!r}] = None
        from stackgen.cli import main
        raise SystemExit(main(["generate", {str(tmp_path / "own.yaml")!r}, "--out", {str(tmp_path)!r}]))
    """)
    assert done.returncode == 2
    assert done.stderr == f"this command needs {command}, which is not installed: pip install 'stackgen[generate]'\n"


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (["--help"], ["yaml", "jsonschema", "grafanalib", "promql_parser", "stackgen.definition"]),
        (
            ["generate", "cache", "--only", "rules"],
            ["jsonschema", "grafanalib", "stackgen.generators.exporter", "stackgen.runtime", "prometheus_client"],
        ),
        (["generate", "cache", "--only", "exporter"], ["grafanalib", "stackgen.generators.rules"]),
    ],
)
def test_a_command_imports_what_it_needs_and_no_more(words: list[str], absent: list[str]) -> None:
    done = python(f"""
        import sys
        from stackgen.cli import main
        try:
            main({words!r})
        except SystemExit:
            pass
        print(*sorted(set({absent!r}) & set(sys.modules)), file=sys.stderr)
    """)
    assert done.stderr == "\n"


def test_the_command_line_knows_the_kinds_that_there_are() -> None:
    assert tuple(registry.KINDS) == cli._KINDS


@pytest.mark.parametrize("kind", registry.KINDS.values(), ids=str)
def test_every_kind_has_a_generator(kind: registry.Kind) -> None:
    assert callable(registry.generator(kind))


def test_the_exporters_need_nothing_that_the_tool_needs() -> None:
    done = python("""
        import sys
        for module in ("yaml", "jsonschema", "grafanalib", "promql_parser", "redis"):
            sys.modules[module] = None
        from stackgen.exporters.cache import CacheMetrics
        from prometheus_client import CollectorRegistry
        CacheMetrics(cache="sessions", backend="redis", registry=CollectorRegistry()).record_hit(0.0003)
    """)
    assert done.returncode == 0, done.stderr


def test_the_package_says_it_is_typed() -> None:
    assert (Path(stackgen.__file__).parent / "py.typed").exists()
