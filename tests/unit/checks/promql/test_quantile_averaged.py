"""promql/quantile-averaged."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import expression

ID = "promql/quantile-averaged"

QUANTILES = "histogram_quantile(0.99, sum by (instance, le) (rate(x_seconds_bucket[5m])))"


@pytest.mark.parametrize(
    "expr",
    [
        f"avg({QUANTILES}) > 1",
        f"sum by (job) ({QUANTILES}) > 1",
        f"avg({QUANTILES} > 0) > 1",
        'avg(x_seconds{quantile="0.99"}) > 1',
    ],
)
def test_a_mean_or_a_sum_of_quantiles_is_found(expr: str) -> None:
    (problem,) = expression(ID, expr)
    assert problem.endswith("() of quantiles")


@pytest.mark.parametrize(
    "expr",
    [
        f"{QUANTILES} > 1",
        f"max({QUANTILES}) > 1",
        f"count({QUANTILES} > 1) > 3",
        f"avg_over_time({QUANTILES}[1h:]) > 1",
        "avg(x_seconds) > 1",
        'max(x_seconds{quantile="0.99"}) > 1',
    ],
)
def test_the_worst_of_them_and_quantiles_of_sums_are_right(expr: str) -> None:
    assert expression(ID, expr) == []
