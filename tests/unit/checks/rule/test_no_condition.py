"""rule/no-condition."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import expression, rules

ID = "rule/no-condition"


@pytest.mark.parametrize("expr", ["up", "sum(rate(x_total[5m]))", "up > bool 0", "up or vector(1)", "a + b"])
def test_an_expression_that_always_has_series_is_found(expr: str) -> None:
    assert len(expression(ID, expr)) == 1


@pytest.mark.parametrize(
    "expr",
    [
        "up == 0",
        "absent(up)",
        "up unless x",
        "x and y > 1",
        "(a > 1) / b",
        "sum(a > 1)",
        'ALERTS{alertstate="firing"}',
        "rate(a[5m]) < 1 or b > 2",
    ],
)
def test_conditions_are_right(expr: str) -> None:
    assert expression(ID, expr) == []


def test_recordings_need_none() -> None:
    assert rules(ID, "- record: a:b\n  expr: up") == []
