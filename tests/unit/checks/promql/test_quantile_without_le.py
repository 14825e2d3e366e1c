"""promql/quantile-without-le."""

from __future__ import annotations

from tests.unit.checks.asking import expression, rules

ID = "promql/quantile-without-le"


def test_a_sum_that_drops_le_leaves_nothing() -> None:
    assert expression(ID, "histogram_quantile(0.9, sum by (job) (rate(x_bucket[5m]))) > 1")
    assert expression(ID, "histogram_quantile(0.9, sum without (le) (rate(x_bucket[5m]))) > 1")


def test_a_recording_that_dropped_it_is_seen_through() -> None:
    text = "- record: job:x_bucket:rate5m\n  expr: sum by (job) (rate(x_bucket[5m]))\n"
    text += "- alert: X\n  expr: histogram_quantile(0.9, job:x_bucket) > 1"
    assert rules(ID, text.replace("job:x_bucket:rate5m", "job:x_bucket")) != []


def test_le_that_is_kept_is_right() -> None:
    assert expression(ID, "histogram_quantile(0.9, sum by (le, job) (rate(x_bucket[5m]))) > 1") == []
