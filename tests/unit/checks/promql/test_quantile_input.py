"""promql/quantile-input."""

from __future__ import annotations

from tests.unit.checks.asking import expression

ID = "promql/quantile-input"


def test_a_share_is_between_0_and_1() -> None:
    assert expression(ID, "histogram_quantile(99, sum by (le) (rate(x_bucket[5m]))) > 1") == [
        "histogram_quantile() of the share 99"
    ]


def test_what_has_no_buckets_is_found() -> None:
    for name in ("x_sum", "x_count", "x_total", "cache_entries"):
        assert expression(ID, f"histogram_quantile(0.9, sum by (le) (rate({name}[5m]))) > 1"), name


def test_buckets_are_right() -> None:
    buckets = "sum by (le) (rate(cache_load_duration_seconds_bucket[5m]))"
    assert expression(ID, f"histogram_quantile(0.9, {buckets}) > 1") == []
