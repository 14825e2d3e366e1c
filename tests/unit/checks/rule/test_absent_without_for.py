"""rule/absent-without-for."""

from __future__ import annotations

from tests.unit.checks.asking import rules

ID = "rule/absent-without-for"


def test_absence_of_the_moment_is_found() -> None:
    assert rules(ID, "- alert: X\n  expr: absent(up) or up == 0") == ["absent() without `for`"]


def test_waiting_is_right() -> None:
    assert rules(ID, "- alert: X\n  expr: absent(up)\n  for: 5m") == []
    assert rules(ID, "- alert: X\n  expr: absent_over_time(up[5m])") == []
