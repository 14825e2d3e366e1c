"""promql/quantile-unsummed."""

from __future__ import annotations

from tests.unit.checks.asking import alert, expression, files

ID = "promql/quantile-unsummed"


def test_buckets_of_every_process_by_itself_are_found() -> None:
    found = expression(ID, "histogram_quantile(0.9, rate(x_bucket[5m])) > 1")
    assert found == ["histogram_quantile() of buckets that are not summed"]


def test_another_aggregation_than_sum_is_an_error() -> None:
    (found,) = files(ID, {"rules.yaml": alert("histogram_quantile(0.9, max by (le) (rate(x_bucket[5m]))) > 1")})
    assert found.level == "error"
    assert found.problem == "histogram_quantile() of max() of buckets, which are counts to be added"


def test_sums_recordings_and_native_histograms_are_right() -> None:
    for buckets in ("sum by (le) (rate(x_bucket[5m]))", "le:x_bucket:rate5m", "sum(rate(x[5m]))"):
        assert expression(ID, f"histogram_quantile(0.9, {buckets}) > 1") == []
