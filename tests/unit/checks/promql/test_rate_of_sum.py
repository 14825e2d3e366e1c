"""promql/rate-of-sum."""

from __future__ import annotations

from tests.unit.checks.asking import expression

ID = "promql/rate-of-sum"


def test_a_rate_over_a_subquery_of_a_sum_is_found() -> None:
    assert expression(ID, "rate(sum(rate(cache_errors_total[5m]))[1h:5m]) > 1") == ["rate() of sum()"]
    assert expression(ID, "increase((cache_entries + 1)[1h:5m]) > 1") == ["increase() of a computed value"]


def test_a_rate_of_a_recorded_series_is_found() -> None:
    (found,) = expression(ID, "rate(job:cache_errors:sum[5m]) > 1")
    assert found == "rate() of the recorded series 'job:cache_errors:sum'"


def test_a_rate_of_a_counter_over_a_subquery_is_right() -> None:
    assert expression(ID, "rate(cache_errors_total[1h:5m]) > 1") == []
