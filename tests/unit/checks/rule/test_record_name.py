"""rule/record-name."""

from __future__ import annotations

from tests.unit.checks.asking import rules

ID = "rule/record-name"


def test_a_name_without_a_colon_is_found() -> None:
    assert rules(ID, "- record: up_sum\n  expr: sum(up)") == ["'up_sum' has no colon"]


def test_levels_and_info_series_are_right() -> None:
    assert rules(ID, "- record: job:up:sum\n  expr: sum by (job) (up)\n- record: x_info\n  expr: vector(1)") == []
