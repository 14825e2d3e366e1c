"""promql/bare-counter."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import expression

ID = "promql/bare-counter"


@pytest.mark.parametrize(
    "expr",
    [
        "cache_errors_total > 100",
        "sum by (job) (cache_errors_total) > 100",
        "cache_errors_total - cache_errors_total offset 1h > 0",
        "max_over_time(cache_errors_total[1h]) > 5",
        "histogram_quantile(0.9, sum by (le) (cache_operation_duration_seconds_bucket)) > 1",
        "http_requests_total > 5",
        "(cache_errors_total - cache_errors_total offset 5m) and resets(cache_errors_total[5m]) > 0",
        "(cache_errors_total - cache_errors_total offset 5m) and resets(cache_operations_total[5m]) == 0",
    ],
)
def test_a_counter_without_a_rate_is_found(expr: str) -> None:
    assert expression(ID, expr)


@pytest.mark.parametrize(
    "expr",
    [
        "rate(cache_errors_total[5m]) > 1",
        "increase(cache_errors_total[5m] offset 1h) > 1",
        "rate(cache_errors_total[5m:1m]) > 1",
        "resets(cache_errors_total[1h]) > 1",
        "absent(cache_errors_total)",
        "count(cache_errors_total) > 1",
        "up unless cache_errors_total",
        "cache_entries > 1 and on (job) cache_errors_total",
        "cache_entries > 1",
        "node_memory_count_estimate > 1",
        "sum((cache_errors_total - cache_errors_total offset 5m) and resets(cache_errors_total[5m]) == 0) > 5",
    ],
)
def test_functions_for_counters_and_questions_of_presence_may_have_it(expr: str) -> None:
    assert expression(ID, expr) == []
