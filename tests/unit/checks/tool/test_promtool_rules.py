"""tool/promtool-rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stackgen.checks.reference_tools import ReferenceTools
from stackgen.checks.running import Request, run
from stackgen.stack.binaries import Located
from tests.unit.checks.asking import TODAY, rule_file

ID = "tool/promtool-rules"


@pytest.fixture
def tools(binary: Callable[[str], Located]) -> ReferenceTools:
    return ReferenceTools(promtool=binary("promtool"))


def found(text: str, tools: ReferenceTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text(text)
    Path("y.yaml").write_text("groups: []\n")
    findings = run(Request(paths=["x.yaml", "y.yaml"], today=TODAY, tools=tools)).findings
    return [(each.id, each.place.line) for each in findings if each.level == "error"]


def test_what_no_other_check_knows_is_told(
    tools: ReferenceTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerting = "- alert: X\n  expr: up == 0\n  annotations: {summary: '{{ 1 | 2 }}'}"
    text = rule_file(f"- record: a:b\n  expr: up\n{alerting}")
    assert found(text, tools, tmp_path, monkeypatch) == [(ID, 6)]


def test_what_another_check_tells_is_not_told_twice(
    tools: ReferenceTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = rule_file("- record: a:b\n  expr: up > 0.9.00")
    assert found(text, tools, tmp_path, monkeypatch) == [("promql/syntax", 5)]
    text = rule_file("- alert: X\n  expr: up == 0\n  annotations: {summary: '{{ $lables.job }}'}")
    assert found(text, tools, tmp_path, monkeypatch) == [("rule/template-syntax", 6)]
    text = rule_file("- record: a:b\n  expr: up\n  when: always")
    assert found(text, tools, tmp_path, monkeypatch) == [("rule/structure", 6)]


def test_what_promtool_takes_is_right(tools: ReferenceTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(rule_file("- record: a:b\n  expr: up"), tools, tmp_path, monkeypatch) == []


NEWER = "groups:\n- name: a\n  labels: {severity: page}\n  query_offset: 1m\n  rules: [{record: 'a:b', expr: up}]\n"


def test_what_only_an_older_promtool_refuses_is_no_error_and_said_to_be_so(
    tools: ReferenceTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tools.promtool is not None
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text(NEWER)
    findings = run(Request(paths=["x.yaml"], today=TODAY, tools=tools)).findings
    if tools.promtool.version().startswith("2."):
        assert [(each.level, each.place.line) for each in findings] == [("info", 3), ("info", 4)]
        assert findings[0].problem.startswith(f"promtool {tools.promtool.version()} is older than the key")
    else:
        assert findings == ()


@pytest.mark.parametrize(
    "expr",
    ["limitk(2, up)", "sort_by_label(up, 'job')", "mad_over_time(x[5m])", "time() - x > 5m", '{"utf8.metric"}'],
)
def test_an_expression_that_only_an_older_promtool_refuses_is_no_error(
    expr: str, tools: ReferenceTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tools.promtool is not None
    if not tools.promtool.version().startswith("2.42."):
        pytest.skip("a newer promtool reads some of them")
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text(rule_file(f"- record: a:b\n  expr: {expr!r}"))
    (finding,) = run(Request(paths=["x.yaml"], today=TODAY, tools=tools, only=(ID,))).findings
    assert (finding.level, finding.place.line, finding.path) == ("info", 5, "groups[0].rules[0]")
    assert finding.problem.startswith("promtool 2.42.0 is older than the expression, and refuses the file: could not")


def test_what_promtool_says_without_a_line_is_not_told_twice(
    tools: ReferenceTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = rule_file("- alert: X\n  expr: up == 0\n  for: 5min")
    assert found(text, tools, tmp_path, monkeypatch) == [("rule/structure", 6)]


def test_of_several_documents_promtool_is_shown_the_file_once(
    tools: ReferenceTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerting = rule_file("- alert: X\n  expr: up == 0\n  annotations: {summary: '{{ 1 | 2 }}'}")
    assert found(f"{alerting}---\ngroups: []\n", tools, tmp_path, monkeypatch) == [(ID, 4), ("rule/structure", 8)]
