"""dashboard/panel-unit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/panel-unit"


def found(defaults: dict[str, Any], **changes: Any) -> list[str]:
    return dashboard(ID, board(panel(fieldConfig={"defaults": defaults, "overrides": []}, **changes)))


def test_a_missing_and_an_unknown_unit_are_found() -> None:
    assert found({}) == ["panel 'Evictions' has no unit"]
    assert found({"unit": "operations"}) == ["Grafana knows no unit 'operations'"]


@pytest.mark.parametrize("unit", ["s", "µs", "percentunit", "ops", "reqps", "short", "none", "suffix: x/s", "$unit"])
def test_units_of_grafana_and_ones_own_are_right(unit: str) -> None:
    assert found({"unit": unit}) == []


def test_states_overrides_and_tables_need_none() -> None:
    assert found({"mappings": [{"type": "value"}]}) == []
    assert found({}, type="table") == []
    override = {"matcher": {}, "properties": [{"id": "unit", "value": "s"}]}
    assert dashboard(ID, board(panel(fieldConfig={"defaults": {}, "overrides": [override]}))) == []
