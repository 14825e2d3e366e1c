"""promql/vector-matching."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import expression

ID = "promql/vector-matching"


@pytest.mark.parametrize(
    "expr",
    [
        "sum by (job) (cache_entries) / sum by (cache) (cache_entries) > 1",
        "sum(cache_entries) / sum by (cache) (cache_entries) > 1",
        "cache_pool_connections > cache_pool_limit",
        "cache_entries > 5 and sum(up) > 1",
        "sum by (job) (cache_entries) * on (cache) sum by (cache) (cache_entries) > 1",
        "cache_entries / ignoring (job) cache_pool_connections > 1",
    ],
)
def test_sides_that_never_meet_are_found(expr: str) -> None:
    assert len(expression(ID, expr)) == 1


@pytest.mark.parametrize(
    "expr",
    [
        "sum by (job, cache) (cache_entries) / sum by (cache, job) (cache_size_bytes) > 1",
        "cache_pool_connections / ignoring (state) group_left () cache_pool_limit > 1",
        "cache_entries > 5 and on (job) sum by (job) (up) > 1",
        "cache_entries > 5 or sum(up) > 1",
        "cache_entries * 2 > scalar(sum(up))",
        "foo / bar > 1",
        "label_replace(up, 'cache', '$1', 'instance', '(.*)') * on (cache) group_right () cache_entries > 1",
        "cache_size_bytes / cache_size_limit_bytes > 1",
        "sum without (state) (cache_pool_connections) / cache_pool_limit > 1",
    ],
)
def test_sides_that_meet_or_may_meet_are_right(expr: str) -> None:
    assert expression(ID, expr) == []


def test_it_says_which_side_has_what() -> None:
    (found,) = expression(ID, "sum by (job) (cache_entries) / sum by (job, cache) (cache_entries) > 1")
    assert found == "the sides of / never meet: only the right side has cache"
