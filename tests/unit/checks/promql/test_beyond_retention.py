"""promql/beyond-retention."""

from __future__ import annotations

from tests.unit.checks.asking import expression

ID = "promql/beyond-retention"


def test_ranges_offsets_and_subqueries_are_added_up() -> None:
    far = ["avg_over_time(up[32d])", "up offset 5w", "rate(x_total[3w] offset 2w)"]
    far += ["max_over_time(up[1w:1h] offset 4w)"]
    for expr in far:
        assert len(expression(ID, f"{expr} > 0")) == 1, expr


def test_within_the_retention_all_is_right() -> None:
    assert expression(ID, "avg_over_time(up[30d]) > 0 and up offset 1w > 0") == []


def test_without_a_retention_nothing_is_too_far() -> None:
    assert expression(ID, "avg_over_time(up[99w]) > 0", definition="") == []
