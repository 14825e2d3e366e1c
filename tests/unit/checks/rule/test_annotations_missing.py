"""rule/annotations-missing."""

from __future__ import annotations

from tests.unit.checks.asking import rules

ID = "rule/annotations-missing"


def found(annotations: str) -> list[str]:
    return rules(ID, f"- alert: X\n  expr: up == 0\n  annotations: {annotations}")


def test_what_is_missing_or_empty_is_found() -> None:
    assert found("{}") == ["the alert has no summary and no description"]
    assert found("{summary: x}") == ["the alert has no description"]
    assert found("{summary: ' ', description: y}") == ["the alert has no summary"]


def test_both_are_right_and_message_is_an_old_description() -> None:
    assert found("{summary: x, description: y}") == found("{summary: x, message: y}") == []
