"""file/unknown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackgen.checks.reports.json import json_report
from stackgen.checks.reports.text import text
from stackgen.checks.running import Request, run
from tests.unit.checks.asking import TODAY, files

ID = "file/unknown"
V2 = (
    '{"apiVersion": "dashboard.grafana.app/v2beta1", "kind": "Dashboard", "metadata": {"name": "x"},'
    ' "spec": {"title": "T", "elements": {}}}'
)
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: rules}
data:
  a.rules.yaml: |
    groups: [{name: cm, rules: [{record: "x:y:sum", expr: "sum(rate(foo[5m]"}]}]
"""


def found(name: str, text: str) -> list[str]:
    return [each.problem for each in files(ID, {name: text})]


def test_what_was_named_and_is_nothing_known_is_found() -> None:
    assert found("x.yaml", "hello: world") == ["YAML that is nothing stackgen knows"]
    assert found("x.yaml", "- 1") == ["YAML that is nothing stackgen knows"]
    assert found("x.yaml", "") == ["an empty file"]
    assert found("x.json", "[1]") == ["JSON that is no dashboard"]


def test_tests_providers_and_compose_files_are_known() -> None:
    assert found("x.yaml", "rule_files: [a]\ntests: []") == found("x.yaml", "services: {}") == []


def test_in_folders_it_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("values.yaml").write_text("hello: world")
    Path("package.json").write_text("{}")
    Path("compose.yaml").write_text("services: {}")
    report = run(Request(paths=["."], today=TODAY))
    assert report.findings == ()
    assert text(report) == "3 files (2 not recognised), 0 rules, 0 dashboards: nothing found"
    assert json.loads(json_report(report))["checked"]["files_not_recognised"] == 2


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "v2.json",
            V2,
            "a dashboard as a resource of Grafana's API (dashboard.grafana.app/v2beta1), which is not read",
        ),
        ("raw.json", '{"title": "T", "elements": {}, "layout": {}}', "a dashboard of Grafana's schema 2, which is not"),
        ("v2.yaml", V2.replace('{"api', '  \n# x\n{"api', 1), "a dashboard as a resource of Grafana's API"),
        ("cm.yaml", CONFIG_MAP, "a ConfigMap whose 'a.rules.yaml' holds rules or a dashboard, which is not read"),
        ("vm.yaml", "kind: VMRule\nspec: {groups: []}", "rules as a custom resource of VictoriaMetrics"),
    ],
)
def test_a_dashboard_or_rules_in_a_form_that_is_not_read_are_told_in_folders_too(
    name: str, content: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(content)
    (finding,) = run(Request(paths=["."], today=TODAY)).findings
    assert (finding.id, finding.level) == (ID, "warning")
    assert finding.problem.startswith(told)
    assert len(run(Request(paths=[name], today=TODAY)).findings) == 1


def test_other_resources_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cm.yaml").write_text("kind: ConfigMap\ndata: {a: 'hello: world'}\n---\nkind: Dashboard\n")
    assert run(Request(paths=["."], today=TODAY)).findings == ()
