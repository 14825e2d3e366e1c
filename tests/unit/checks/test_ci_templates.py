"""The hook, the action and the template do what docs/ci.md says: their scripts are run here as CI would run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from stackgen.stack.binaries import Located
from tests.unit.checks.asking import alert
from tests.unit.checks.test_test_command import RULES, TESTS

_ROOT = Path(__file__).parents[3]
WRONG = alert("sum by (job) (rate(x_total[5m]) > 1")


def read(name: str) -> Any:
    return yaml.safe_load((_ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my rules").mkdir()
    Path("rules.yaml").write_text(WRONG)


def bash(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script with this environment's stackgen first on PATH, as both CIs run it: it ends with the first error."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["bash", "-e", "-o", "pipefail", "-c", script]
    return subprocess.run(
        command, env={**os.environ, "PATH": path, **variables}, capture_output=True, text=True, timeout=120, check=False
    )


def test_hooks_install_what_the_tool_needs() -> None:
    extras = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for hook in read(".pre-commit-hooks.yaml"):
        assert set(hook["additional_dependencies"]) == set(extras["generate"])


@pytest.mark.parametrize("hook", read(".pre-commit-hooks.yaml"), ids=lambda hook: hook["id"])
def test_hooks_fail_on_what_is_wrong(hook: dict[str, Any]) -> None:
    Path("alerts").mkdir()
    Path("alerts/rules.yaml").write_text(WRONG)
    files = "" if hook.get("pass_filenames") is False else " rules.yaml"
    done = bash(f"{hook['entry']}{files}")
    assert done.returncode == 1
    assert "[promql/syntax]" in done.stdout


def steps() -> dict[str, dict[str, Any]]:
    return {step["name"]: step for step in read(".ci/github/action.yml")["runs"]["steps"] if "name" in step}


def test_the_actions_check_shows_findings_beside_the_lines_and_fails() -> None:
    script = steps()["Check"]["run"]
    done = bash(script, STACKGEN_PATHS="rules.yaml", STACKGEN_DEFINITION="", STACKGEN_FAIL_ON="warning")
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=rules.yaml,line=5,")
    done = bash(script, STACKGEN_PATHS="rules.yaml", STACKGEN_DEFINITION="cache", STACKGEN_FAIL_ON="never")
    assert done.returncode == 0


def test_the_actions_sarif_is_written_whatever_is_found() -> None:
    done = bash(
        steps()["Write SARIF"]["run"], STACKGEN_PATHS="rules.yaml", STACKGEN_DEFINITION="", STACKGEN_SARIF="out.sarif"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(Path("out.sarif").read_text())["runs"][0]["results"]


def test_inputs_of_the_action_never_become_commands() -> None:
    for step in steps().values():
        assert "${{" not in step["run"]
    done = bash(
        steps()["Check"]["run"],
        STACKGEN_PATHS="$(touch owned) ;touch",
        STACKGEN_DEFINITION="",
        STACKGEN_FAIL_ON="never",
    )
    assert done.returncode == 2
    assert not Path("owned").exists()


def test_the_action_installs_the_stackgen_that_it_is_part_of() -> None:
    folder = (_ROOT / ".ci/github" / "../..").resolve()
    assert '"$GITHUB_ACTION_PATH/../..[generate]"' in steps()["Install stackgen"]["run"]
    assert (folder / "pyproject.toml").is_file()


def script_of_tests(ci: str) -> str:
    """What runs the tests of the rules."""
    if ci == "github":
        return str(steps()["Test"]["run"])
    return str(read(".ci/gitlab.yml")["stackgen-test"]["script"][-1])


@pytest.mark.parametrize("ci", ["github", "gitlab"])
@pytest.mark.parametrize("paths", ["", "rules.yaml", "rules.yaml monitoring"])
def test_a_repository_of_rules_without_tests_is_no_failure(ci: str, paths: str) -> None:
    Path("monitoring").mkdir()
    done = bash(script_of_tests(ci), STACKGEN_PATHS=paths)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{', '.join(paths.split()) or 'alerts'}: no tests there, so none were run\n"


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_tests_below_the_paths_are_run(ci: str, binary: Callable[[str], Located]) -> None:
    binary("promtool")
    Path("observability/alerts").mkdir(parents=True)
    Path("observability/alerts/a.rules.yaml").write_text(RULES)
    Path("observability/alerts/a.tests.yaml").write_text(TESTS.format(job="x"))
    done = bash(script_of_tests(ci), STACKGEN_PATHS="rules.yaml observability")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 file, 3 tests: all passed")
    Path("observability/alerts/a.tests.yaml").write_text(TESTS.format(job="y"))
    assert bash(script_of_tests(ci), STACKGEN_PATHS="rules.yaml observability").returncode == 1


def test_gitlabs_template_says_what_has_to_be_set() -> None:
    template = read(".ci/gitlab.yml")
    asked, install = template[".stackgen"]["before_script"]
    done = bash(asked, **template["variables"])
    assert done.returncode == 2
    assert done.stderr.startswith("STACKGEN_INSTALL is not set: ")
    assert done.stderr.count("\n") == 1
    assert bash(asked, STACKGEN_INSTALL="stackgen[generate] @ file:///src").returncode == 0
    assert '"$STACKGEN_INSTALL"' in install


def test_gitlabs_variables_are_the_pipelines_so_that_who_includes_the_template_can_set_them() -> None:
    template = read(".ci/gitlab.yml")
    assert not [name for name, job in template.items() if name != "variables" and "variables" in job]
    document = (_ROOT / "docs/ci.md").read_text(encoding="utf-8")
    shown = document[document.index("## GitLab") :].partition("```yaml\n")[2].partition("```")[0]
    assert "STACKGEN_INSTALL" in yaml.safe_load(shown)["variables"]
    for variable in template["variables"]:
        assert variable in document


def test_the_inputs_of_the_action_are_documented() -> None:
    document = (_ROOT / "docs/ci.md").read_text(encoding="utf-8")
    for name in read(".ci/github/action.yml")["inputs"]:
        assert f"| `{name}` |" in document


def test_gitlabs_check_writes_both_reports_and_fails() -> None:
    template = read(".ci/gitlab.yml")
    (script,) = template["stackgen-check"]["script"]
    variables = {**template["variables"], "STACKGEN_PATHS": "rules.yaml"}
    done = bash(script, **variables)
    assert done.returncode == 1
    assert "[promql/syntax]" in done.stdout
    reports = template["stackgen-check"]["artifacts"]["reports"]
    assert json.loads(Path(reports["codequality"]).read_text())[0]["check_name"] == "promql/syntax"
    assert ET.fromstring(Path(reports["junit"]).read_text()).find(".//failure") is not None
