"""promql/bare-counter."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import alert, expression, files

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


@pytest.mark.parametrize(
    ("expr", "level"),
    [
        ("cache_errors_total > 100", "error"),
        ("cache_errors_total - cache_errors_total offset 1h > 0", "warning"),
        ("ceph_pg_total > 100", "warning"),
        ("histogram_quantile(0.9, sum by (le) (x_seconds_bucket)) > 1", "error"),
    ],
)
def test_what_is_a_counter_by_its_name_alone_is_a_warning(expr: str, level: str) -> None:
    assert {each.level for each in files(ID, {"rules.yaml": alert(expr)})} == {level}


@pytest.mark.parametrize(
    "expr",
    [
        "restarts_total - restarts_total offset 10m >= 1",
        "sum by (job) (restarts_total) - sum by (job) (restarts_total offset 1d) > 5",
        "restarts_total > restarts_total offset 10m",
    ],
)
def test_a_difference_to_what_it_was_before_is_no_bare_use(expr: str) -> None:
    assert expression(ID, expr) == []


@pytest.mark.parametrize("expr", ["a_total - b_total offset 10m > 1", "a_total - a_total > 1"])
def test_a_difference_to_another_series_is(expr: str) -> None:
    assert expression(ID, expr)
