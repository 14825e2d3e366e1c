"""promql/precomputed-ratio."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import expression

ID = "promql/precomputed-ratio"


@pytest.mark.parametrize(
    "name",
    ["cache_hit_rate", "app_error_ratio", "x_misses_percent", "avg_latency_us", "latency_avg", "mean_duration_ms"],
)
def test_a_ratio_or_mean_over_a_process_life_is_found(name: str) -> None:
    assert len(expression(ID, f"{name} < 0.5", definition="")) == 1


@pytest.mark.parametrize("name", ["job:hit_rate:5m", "sample_rate", "fill_ratio", "average_load", "hit_rate_total"])
def test_other_names_are_right(name: str) -> None:
    assert expression(ID, f"{name} < 0.5", definition="") == []


_SPENT = "(avg_latency_us * ops_total - avg_latency_us offset 5m * ops_total offset 5m)"


def test_a_mean_times_its_count_is_the_sum_again_where_the_count_was_not_reset() -> None:
    assert expression(ID, f"{_SPENT} and resets(ops_total[5m]) == 0", definition="") == []
    assert len(expression(ID, f"{_SPENT} > 5", definition="")) == 2
    assert len(expression(ID, f"{_SPENT} and resets(other_total[5m]) == 0", definition="")) == 2


def test_the_name_is_said_to_be_all_that_tells() -> None:
    (found,) = expression(ID, "x_stale_ratio < 0.5", definition="")
    assert found.startswith("'x_stale_ratio' is by its name a ratio or a mean")


def test_what_a_system_estimates_of_its_present_is_right() -> None:
    assert expression(ID, "redis_expired_stale_percentage > 10", definition="") == []
