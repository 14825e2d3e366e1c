"""promql/ratio-threshold."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import alert, expression, files, rules

ID = "promql/ratio-threshold"


SHARE = 'sum(rate(x_total{a="b"}[5m])) / sum(rate(x_total[5m]))'


def test_a_share_is_never_above_1() -> None:
    assert expression(ID, f"{SHARE} > 5") == ["a share, which is between 0 and 1, is compared with 5"]
    assert expression(ID, "app_hit_ratio < 80") == ["a share, which is between 0 and 1, is compared with 80"]


def test_a_recorded_share_is_one() -> None:
    assert rules(ID, f"- record: x:ratio\n  expr: {SHARE} > 0\n- alert: X\n  expr: x:ratio > 5")


def test_a_percentage_below_1_is_a_warning() -> None:
    (found,) = files(ID, {"rules.yaml": alert(f"100 * {SHARE} > 0.5")})
    assert (found.level, found.cure) == ("warning", "write 50 for 50 %")


def test_fitting_numbers_and_quotients_that_go_beyond_1_are_right() -> None:
    quotient = "rate(a_total[5m]) / rate(b_total[5m]) > 3"
    for expr in (f"{SHARE} > 0.5", f"100 * {SHARE} > 5", "mem_fragmentation_ratio > 1.5", quotient):
        assert expression(ID, expr) == [], expr


@pytest.mark.parametrize(
    "expr",
    [
        "rate(x_total[5m]) / rate(x_total[1d]) > 2",
        "sum(rate(x_total[5m])) / sum(rate(x_total[5m] offset 1w)) > 1.5",
        'x_seconds{quantile="0.9"} / on (job, instance) x_seconds{quantile="0.5"} > 1.05',
        "max(x_seconds) / avg(x_seconds) > 2",
        "max_over_time(x_seconds[1h]) / min_over_time(x_seconds[1h]) > 2",
        "sum(rate(x_total[5m])) / on () group_right () rate(x_total[5m]) > 2",
        "sum(x_seconds) / on () group_left () x_seconds > 2",
    ],
)
def test_what_is_compared_with_another_time_another_quantile_or_one_of_many_is_no_share(expr: str) -> None:
    assert expression(ID, expr) == []


@pytest.mark.parametrize(
    "share",
    [
        'sum by (job) (rate(x_total{a="b"}[5m])) / (sum by (job) (rate(x_total[5m])) > 0)',
        'rate(x_total{a="b"}[5m]) / on (job) group_left () sum by (job) (rate(x_total[5m]))',
        'count(x_bytes{a="b"}) / count(x_bytes)',
    ],
)
def test_a_part_of_a_whole_is_a_share_however_it_is_written(share: str) -> None:
    assert expression(ID, f"{share} > 5")
