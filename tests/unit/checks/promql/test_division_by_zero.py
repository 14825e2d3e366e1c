"""promql/division-by-zero."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import expression, rules

ID = "promql/division-by-zero"


@pytest.mark.parametrize(
    "expr",
    [
        "cache_size_bytes / cache_size_limit_bytes > 0.8",
        "1 - sum(rate(a_total[5m])) / sum(rate(b_total[5m])) != 0",
        "avg_over_time((sum(rate(a_total[5m])) / sum(rate(b_total[5m])))[1h:5m]) > 0.1",
        "a % b != 0",
        "a / b >= 5",
        "5 < a / b",
        "100 - a / b < 10",
        "-(a / b) < -1",
        "a / b * -1 < 1",
        "(a - c) / b < 0.1",
        "deriv(a[5m]) / b < 0",
        "1 / (a / b) < 0.1",
        "a / b * (c - d) < 1",
        "sum(a / b) < 1",
        "a / b < bool 1",
        "a / clamp_min(b, 0) > 1",
        "a / (b >= 0) > 1",
    ],
)
def test_a_divisor_that_can_be_0_is_found(expr: str) -> None:
    assert expression(ID, expr) == ["a division whose divisor can be 0"]


@pytest.mark.parametrize(
    "expr",
    [
        "a / (b > 0) > 1",
        "a / (b != 0) > 1",
        "a / clamp_min(b, 1) > 1",
        "a / 1024 > 1",
        "a / (b > 0 or c > 0) > 1",
        "a / on (job) group_left () count by (job) (b) > 1",
        "sum_over_time(a[5m]) / count_over_time(a[5m]) > 1",
        "a / b > 1 and b > 0",
        "a / ignoring (x) b > 1 and c > 2 and b > 0",
        "sum(rate(a_total[5m])) / sum(rate(b_total[5m])) > 0.1",
        "100 * sum(rate(a_total[5m])) / sum(rate(b_total[5m])) > 10",
        "a / sum by (job) (b > 0) > 1",
        "a / b * 100 < 10",
        "10 >= a / b",
        "1 - a / b > 0.9",
        "(1 - a / b) * 100 > 90",
        "-(a / b) > 5",
        "a / b == 0",
        "a % b == 0",
        "a / b / 1024 < c",
    ],
)
def test_guarded_divisors_and_ratios_that_a_comparison_holds_back_are_right(expr: str) -> None:
    assert expression(ID, expr) == []


def test_a_recorded_ratio_of_rates_is_found_because_nan_is_recorded() -> None:
    assert rules(ID, "- record: a:b\n  expr: sum(rate(a_total[5m])) / sum(rate(b_total[5m]))")


def test_a_recording_that_is_never_0_is_right() -> None:
    text = "- record: the:budget\n  expr: vector(0.001)\n- record: the:burn\n  expr: a / on () group_left () the:budget"
    assert rules(ID, text) == []
