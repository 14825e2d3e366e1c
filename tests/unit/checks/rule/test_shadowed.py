"""rule/shadowed."""

from __future__ import annotations

from tests.unit.checks.asking import rules

ID = "rule/shadowed"


def pair(one: str, other: str) -> list[str]:
    return rules(ID, f"- alert: One\n  expr: {one}\n- alert: Other\n  expr: {other}")


def test_the_stricter_of_two_alerts_is_found() -> None:
    assert pair("up > 1", "up > 5") == ["fires only when 'One' (rules.yaml:4) fires, which has the same labels"]
    assert pair("up < 1", "up < 5") == ["fires only when 'Other' (rules.yaml:6) fires, which has the same labels"]


def test_another_severity_side_or_a_shorter_wait_is_right() -> None:
    assert pair("up > 1\n  labels: {severity: warning}", "up > 5\n  labels: {severity: critical}") == []
    assert pair("up > 1", "up < 0") == []
    assert pair("up > 1\n  for: 10m", "up > 5\n  for: 1m") == []
