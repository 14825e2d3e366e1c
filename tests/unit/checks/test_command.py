"""`stackgen check` as a user types it: what it prints, its exit codes, and what it leaves behind."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stackgen.checks.catalog import checks
from stackgen.cli import main
from tests.unit.checks.asking import alert

Run = Callable[..., tuple[int, str, str]]

WRONG = "job:cache_entries:sum > 0.9.00"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process: exit code, standard output, standard error."""

    def command(*words: str) -> tuple[int, str, str]:
        try:
            code = main(["check", *words])
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def test_a_file_without_a_fault_is_said_to_be_so(run: Run) -> None:
    Path("rules.yaml").write_text(alert("up == 0"))
    assert run("rules.yaml", "--no-tools") == (0, "1 file, 1 rule, 0 dashboards: nothing found\n", "")


def test_what_is_found_is_printed_with_its_place_and_its_check(run: Run) -> None:
    Path("rules.yaml").write_text(alert(WRONG))
    code, out, err = run("rules.yaml", "--no-tools")
    assert (code, err) == (1, "")
    said = "bad number or duration syntax: 0.9.; put the expression right [promql/syntax]"
    assert out.splitlines() == [
        f"rules.yaml:5:39: error: groups[0].rules[0].expr: {said}",
        "1 file, 1 rule, 0 dashboards: 1 error",
    ]


@pytest.mark.parametrize(("level", "code"), [("error", 0), ("warning", 1), ("info", 1), ("never", 0)])
def test_fail_on_says_what_fails(run: Run, level: str, code: int) -> None:
    Path("rules.yaml").write_text(alert('up{job=~"cache"} == 0'))
    assert run("rules.yaml", "--no-tools", "--fail-on", level)[0] == code


def test_only_and_skip_choose_checks(run: Run) -> None:
    Path("rules.yaml").write_text(alert(WRONG))
    assert run("rules.yaml", "--only", "rule/no-for,promql/needless-regex")[0] == 0
    assert run("rules.yaml", "--no-tools", "--skip", "promql/syntax")[0] == 0
    code, out, err = run("rules.yaml", "--only", "promql/sintax")
    assert (code, out, err) == (2, "", "there is no check 'promql/sintax'; did you mean 'promql/syntax'?\n")


def test_a_projects_settings_leave_checks_out_for_good(run: Run) -> None:
    Path("rules.yaml").write_text(alert("up == 0").replace("        for: 5m\n", ""))
    assert run("rules.yaml", "--no-tools")[0] == 1
    Path("pyproject.toml").write_text('[tool.stackgen]\nskip = ["rule/no-for"]\n')
    assert run("rules.yaml", "--no-tools")[0] == 0
    assert run("rules.yaml", "--only", "rule/no-for")[0] == 1
    Path("pyproject.toml").write_text('[tool.stackgen]\nskip = ["rule/nofor"]\n')
    message = "pyproject.toml: tool.stackgen.skip: there is no check 'rule/nofor'; did you mean 'rule/no-for'?\n"
    assert run("rules.yaml") == (2, "", message)


def test_explain_says_what_a_check_is_about(run: Run) -> None:
    code, out, _ = run("--explain", "promql/needless-regex")
    assert code == 0
    assert out.startswith("# promql/needless-regex\n\n**warning**: a regular expression that is none.\n\n")
    assert "\n## Wrong\n" in out
    assert "--fix" in out


@pytest.mark.parametrize("id_", checks())
def test_explain_leads_to_no_page_that_an_installation_has_not(id_: str, run: Run) -> None:
    code, out, _ = run("--explain", id_)
    assert code == 0
    assert not re.findall(r"\]\([^)]*\)|\bdocs/|\S+\.md\b", out)


def test_reports_go_to_a_file_that_is_named(run: Run) -> None:
    Path("rules.yaml").write_text(alert(WRONG))
    code, out, _ = run("rules.yaml", "--no-tools", "--format", "json", "--output", "report.json")
    assert (code, out) == (1, "")
    assert json.loads(Path("report.json").read_text())["findings"][0]["id"] == "promql/syntax"
    code, _, err = run("rules.yaml", "--no-tools", "--output", "nowhere/report")
    assert (code, err) == (2, "nowhere/report: cannot be written: No such file or directory; name another file\n")


def test_fix_puts_right_and_tells_what_is_left(run: Run) -> None:
    Path("rules.yaml").write_text(alert('up{job=~"cache"} == 0') + "  - name: slow\n    interval: 1h\n")
    code, out, err = run("rules.yaml", "--no-tools", "--fix")
    assert code == 1
    assert "rule/group-interval" in out
    assert "promql/needless-regex" not in out
    assert err == "put right in rules.yaml: 1\n"
    assert 'up{job="cache"} == 0' in Path("rules.yaml").read_text()


def test_a_definition_that_is_named_knows_the_metrics(run: Run) -> None:
    Path("rules.yaml").write_text(alert("rate(cache_operations[5m]) > 1"))
    assert run("rules.yaml", "--no-tools")[0] == 0
    code, out, _ = run("rules.yaml", "--no-tools", "--definition", "cache")
    assert code == 1
    assert "did you mean 'cache_operations_total'? [promql/unknown-metric]" in out


def test_a_projects_own_definition_knows_them_without_being_named(run: Run) -> None:
    Path("stackgen.yaml").write_text("stackgen: 1\nextends: cache\nname: cache\n")
    Path("rules.yaml").write_text(alert("rate(cache_operations[5m]) > 1"))
    assert "[promql/unknown-metric]" in run("rules.yaml", "--no-tools")[1]


def test_without_paths_the_project_is_checked_with_its_drift(run: Run, project: Path) -> None:
    main(["generate"])
    shutil.rmtree(project / "dashboards")
    code, out, _ = run("--no-tools", "--only", "generated/drift")
    assert code == 1
    assert "dashboards/cache/overview.json:1:1: error: is missing; run `stackgen generate` [generated/drift]\n" in out


def test_a_broken_definition_is_told_once_and_the_rest_is_checked(run: Run) -> None:
    Path("stackgen.yaml").write_text("stackgen: 1\nname: x\n")
    Path("alerts").mkdir()
    Path("alerts/rules.yaml").write_text(alert(WRONG))
    code, out, err = run("--no-tools")
    assert (code, err) == (1, "")
    assert "stackgen.yaml:1:1: error: " in out
    assert out.count("[definition/invalid]") == 1
    assert "[promql/syntax]" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.yaml"], "nowhere.yaml: no such file or folder; name what to check"),
        (["--prometheus", "ftp://x", "."], "ftp://x: is no address of a Prometheus; write http://HOST:9090"),
        (["--definition", "nothing", "x.yaml"], "x.yaml: no such file or folder; name what to check"),
    ],
)
def test_what_cannot_be_done_is_one_line(run: Run, words: list[str], message: str) -> None:
    assert run(*words) == (2, "", f"{message}\n")


def test_no_prometheus_is_one_line_and_soon(run: Run) -> None:
    Path("rules.yaml").write_text(alert("up == 0"))
    code, out, err = run("rules.yaml", "--prometheus", "http://127.0.0.1:9")
    assert (code, out) == (2, "")
    assert err.startswith("http://127.0.0.1:9/")
    assert ": cannot be asked: " in err
    assert err.count("\n") == 1


def test_progress_is_shown_on_a_terminal_and_gone_at_the_end() -> None:
    for number in range(30):
        Path(f"r{number}.yaml").write_text(alert("up == 0").replace("Example", f"Example{number}"))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "stackgen", "check", ".", "--no-tools"]
    with subprocess.Popen(command, stderr=theirs, stdout=subprocess.PIPE) as process:
        os.close(theirs)
        assert process.stdout is not None
        assert process.stdout.read().decode().startswith("30 files, 30 rules")
        shown = os.read(ours, 100_000).decode()
        assert process.wait(timeout=60) == 0
    os.close(ours)
    assert "reading 1 of 30" in shown
    assert shown.endswith("\r")
