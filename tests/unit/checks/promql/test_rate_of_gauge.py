"""promql/rate-of-gauge."""

from __future__ import annotations

from tests.unit.checks.asking import expression, place

ID = "promql/rate-of-gauge"


def test_a_gauge_has_no_rate() -> None:
    assert expression(ID, "rate(cache_entries[5m]) > 1") == ["rate() of 'cache_entries', which is a gauge"]
    assert place(ID, "abs(increase(cache_entries[5m])) > 1").startswith("increase(")


def test_a_counter_has_one_and_what_is_unknown_may_have_one() -> None:
    assert expression(ID, "rate(cache_errors_total[5m]) + rate(node_x[5m]) > 1") == []
