"""promql/quantile-range."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import expression, rules

ID = "promql/quantile-range"


QUANTILE = "histogram_quantile(0.9, sum by (le) (rate(cache_operation_duration_seconds_bucket[5m])))"


@pytest.mark.parametrize("condition", ["> 5", ">= 6", "> 100", "< 0.00001"])
def test_thresholds_outside_of_the_buckets_are_found(condition: str) -> None:
    assert expression(ID, f"{QUANTILE} {condition}")


@pytest.mark.parametrize("condition", ["> 2.5", ">= 5", ">= 0", "> 0.00005"])
def test_thresholds_inside_are_right(condition: str) -> None:
    assert expression(ID, f"{QUANTILE} {condition}") == []


def test_recorded_quantiles_are_followed() -> None:
    text = f"- record: x:p90\n  expr: {QUANTILE} >= 0\n- alert: X\n  expr: x:p90 > 10"
    assert rules(ID, text) == ["a quantile of these buckets is never above 5, and is compared with 10"]


def test_a_number_may_stand_on_the_left() -> None:
    assert expression(ID, f"10 < {QUANTILE}")
