"""suppression/unused."""

from __future__ import annotations

from tests.unit.checks.asking import report, rule_file

ID = "suppression/unused"


def found(text: str, *only: str) -> list[str]:
    findings = report({"rules.yaml": rule_file(text)}, only=only).findings
    return [each.problem for each in findings if each.id == ID]


COMMENT = "# stackgen: ignore[rule/no-for] a breaker does not open by mistake\n"


def test_what_leaves_nothing_out_is_found() -> None:
    assert found(f"{COMMENT}- alert: X\n  expr: up == 0\n  for: 5m") == ["there is no rule/no-for to ignore here"]


def test_what_leaves_something_out_is_right() -> None:
    assert found(f"{COMMENT}- alert: X\n  expr: up == 0") == []


def test_in_a_run_of_some_checks_nobody_can_know() -> None:
    assert found(f"{COMMENT}- alert: X\n  expr: up == 0\n  for: 5m", ID) == []
