"""dashboard/threshold-steps."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/threshold-steps"


def with_steps(*values: object) -> dict[str, Any]:
    steps = [{"color": "green", "value": value} for value in values]
    return {"defaults": {"unit": "ops", "thresholds": {"mode": "absolute", "steps": steps}}, "overrides": []}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ((90, 10), "the step 10 stands behind 90"),
        ((None, 90, 10), "the step 10 stands behind 90"),
        ((90, None), "the step without a value stands behind 90"),
        (("null", "80"), "the value of a step is the text 'null'"),
        ((None, "80"), "the value of a step is the text '80'"),
    ],
)
def test_steps_out_of_order_and_texts_are_found(values: tuple[object, ...], problem: str) -> None:
    assert dashboard(ID, board(panel(fieldConfig=with_steps(*values)))) == [problem]


def test_those_of_overrides_are_found_too() -> None:
    config = with_steps(None, 10)
    thresholds = with_steps(90, 10)["defaults"]["thresholds"]
    config["overrides"] = [{"matcher": {}, "properties": [{"id": "thresholds", "value": thresholds}]}]
    assert dashboard(ID, board(panel(fieldConfig=config))) == ["the step 10 stands behind 90"]


@pytest.mark.parametrize("values", [(None, 10, 90), (0, 10, 10.5), (None,), ()])
def test_rising_steps_are_right(values: tuple[object, ...]) -> None:
    assert dashboard(ID, board(panel(fieldConfig=with_steps(*values)))) == []
