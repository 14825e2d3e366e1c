"""`stackgen test`: promtool's tests of rules, with a report that can be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stackgen.cli import main
from stackgen.commands.test import untested
from stackgen.definition import load
from stackgen.generators import tests
from stackgen.stack.binaries import Located

Run = Callable[..., tuple[int, str, str]]

RULES = "groups: [{name: a, rules: [{alert: Down, expr: up == 0, for: 1m}]}]\n"
TESTS = """\
rule_files: [a.rules.yaml]
tests:
  - name: a target that is down
    interval: 1m
    input_series: [{{series: 'up{{job="x"}}', values: '0x5'}}]
    alert_rule_test:
      - {{eval_time: 0m, alertname: Down, exp_alerts: []}}
      - {{eval_time: 2m, alertname: Down, exp_alerts: [{{exp_labels: {{job: {job}}}}}]}}
    promql_expr_test:
      - {{expr: up, eval_time: 0m, exp_samples: [{{labels: 'up{{job="x"}}', value: 0}}]}}
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in a project with rules."""
    monkeypatch.chdir(tmp_path)
    Path("alerts").mkdir()
    Path("alerts/a.rules.yaml").write_text(RULES)

    def command(*words: str) -> tuple[int, str, str]:
        code = main(["test", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture
def promtool(binary: Callable[[str], Located]) -> Located:
    """A promtool that the command finds too."""
    return binary("promtool")


@pytest.mark.usefixtures("promtool")
def test_tests_that_pass_are_counted(run: Run) -> None:
    Path("alerts/a.tests.yaml").write_text(TESTS.format(job="x"))
    assert run() == (0, "alerts/a.tests.yaml: 3 tests passed\n1 file, 3 tests: all passed\n", "")


@pytest.mark.usefixtures("promtool")
def test_a_test_that_fails_says_what_was_expected_and_what_came(run: Run) -> None:
    Path("alerts/a.tests.yaml").write_text(TESTS.format(job="y"))
    Path("alerts/b.tests.yaml").write_text(TESTS.format(job="x"))
    code, out, _ = run("alerts")
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == "alerts/a.tests.yaml: FAILED"
    assert 'Labels:{alertname="Down", job="y"}' in out
    assert 'Labels:{alertname="Down", job="x"}' in out
    assert out.index("exp:") < out.index('job="y"') < out.index("got:") < out.index('job="x"')
    assert lines[-2:] == ["alerts/b.tests.yaml: 3 tests passed", "2 files, 6 tests: 1 FAILED"]


def test_where_promtool_is_old_and_reads_no_rules_its_age_is_named(run: Run, promtool: Located) -> None:
    if not promtool.version().startswith("2."):
        pytest.skip("promtool is no older than the stack's Prometheus")
    Path("alerts/a.tests.yaml").write_text(TESTS.format(job="x"))
    Path("alerts/a.rules.yaml").write_text(RULES.replace("up == 0", "'mad_over_time(up[5m]) > 0'"))
    code, out, _ = run()
    assert code == 1
    assert f"  promtool {promtool.version()} is older than Prometheus 3." in out
    Path("alerts/a.rules.yaml").write_text(RULES.replace("up == 0", "up == 1"))
    assert "older" not in run()[1]


@pytest.mark.usefixtures("promtool")
def test_alerts_without_a_test_are_named(run: Run) -> None:
    reason = "it is raw PromQL, whose value no series are known for. Write one beside this file."
    Path("alerts/a.tests.yaml").write_text(f"# Up has no test: {reason}\n" + TESTS.format(job="x"))
    Path("alerts/b.tests.yaml").write_text(f"# Old has no test: {reason}\nrule_files: [a.rules.yaml]\ntests: []\n")
    code, out, _ = run("alerts")
    assert code == 0
    assert out.splitlines() == [
        "alerts/a.tests.yaml: 3 tests passed; 1 has no test: Up",
        "alerts/b.tests.yaml: 0 tests passed; 1 has no test: Old",
        "2 files, 3 tests: all passed; 2 have no test: Up, Old",
    ]
    _, out, _ = run("alerts/b.tests.yaml")
    assert out.splitlines()[-1] == "1 file, 0 tests: nothing was tested; 1 has no test: Old"


def test_what_the_generated_file_says_is_what_the_command_reads(tmp_path: Path) -> None:
    text = (
        "stackgen: 1\nname: raw\ntitle: Raw\nmetrics: {n: {type: gauge, help: N.}}\n"
        "signals: {n: {title: N, unit: count, promql: sum(n)}}\n"
        'alerts: {Much: {signal: n, above: 1, summary: "{value}"}}\n'
    )
    (tmp_path / "raw.yaml").write_text(text, encoding="utf-8")
    (generated,) = tests.generate(load(tmp_path / "raw.yaml")).values()
    assert untested(generated) == ("Much",)


@pytest.mark.usefixtures("promtool")
def test_a_file_that_is_none_says_so_in_its_own_name(run: Run, tmp_path: Path) -> None:
    Path("alerts/a.tests.yaml").write_text("tests: [")
    code, out, _ = run("alerts/a.tests.yaml")
    assert code == 1
    assert "alerts/a.tests.yaml: FAILED" in out
    assert str(tmp_path) not in out


def test_where_there_are_no_tests_one_line_says_what_was_looked_for_and_how_to_get_some(run: Run) -> None:
    cure = (
        "`stackgen generate --only rules,tests` writes rules with their tests, "
        "`stackgen test PATH` runs those of another folder\n"
    )
    assert run() == (2, "", f"there are no tests: looked for *.tests.yaml in alerts; {cure}")
    Path("monitoring").mkdir()
    assert run("monitoring") == (2, "", f"there are no tests: looked for *.tests.yaml in monitoring; {cure}")
    assert run("nowhere")[2] == "nowhere: no such file or folder; name tests, or a folder with *.tests.yaml\n"
    Path("alerts/a.rules.yaml").unlink()
    Path("alerts").rmdir()
    assert run() == (2, "", f"there are no tests: looked for *.tests.yaml in alerts; {cure}")


@pytest.mark.usefixtures("promtool")
def test_the_command_that_it_names_gives_tests_that_it_runs(run: Run) -> None:
    Path("alerts/a.rules.yaml").unlink()
    Path("small.yaml").write_text(
        "stackgen: 1\nname: small\ntitle: Small\nmetrics: {depth: {type: gauge, help: D.}}\n"
        "signals: {depth: {title: D, unit: count, level: {of: depth}}}\n"
        'alerts: {Deep: {signal: depth, above: 1, summary: "{value}"}}\n'
    )
    Path("pyproject.toml").write_text('[tool.stackgen]\ndefinitions = ["small.yaml"]\n')
    assert main(["generate", "--only", "rules,tests"]) == 0
    code, out, _ = run()
    assert (code, out.splitlines()[-1].endswith("all passed")) == (0, True)


def test_where_there_need_not_be_tests_that_is_said_and_no_error(run: Run) -> None:
    assert run("--if-any") == (0, "alerts: no tests there, so none were run\n", "")
    assert run("--if-any", "alerts/a.rules.yaml") == (0, "alerts/a.rules.yaml: no tests there, so none were run\n", "")
    Path("alerts/a.rules.yaml").unlink()
    Path("alerts").rmdir()
    assert run("--if-any") == (0, "alerts: no tests there, so none were run\n", "")
    assert run("--if-any", "nowhere")[0] == 2, "a path that is misspelt is not taken for one without tests"


@pytest.mark.usefixtures("promtool")
def test_where_there_need_not_be_tests_those_that_are_named_or_in_a_folder_are_run(run: Run) -> None:
    Path("alerts/test.yml").write_text(TESTS.format(job="x"))
    code, out, _ = run("--if-any", "alerts/a.rules.yaml", "alerts/test.yml")
    assert (code, out.splitlines()[-1]) == (0, "1 file, 3 tests: all passed")


def test_without_promtool_it_says_what_to_install(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("alerts/a.tests.yaml").write_text(TESTS.format(job="x"))
    monkeypatch.setenv("PATH", str(tmp_path))  # neither promtool nor apt
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    code, _, err = run()
    assert code == 2
    assert err.startswith("promtool is missing: there is no promtool on PATH")
    assert "install promtool" in err
    assert err.count("\n") == 1
