"""dashboard/panel-type."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/panel-type"


def test_a_type_that_is_misspelt_is_found() -> None:
    assert dashboard(ID, board(panel(type="timeserie"))) == ["Grafana has no panel of the type 'timeserie'"]
    assert dashboard(ID, board(panel(type="bar-gauge"))) != []


def test_grafanas_own_and_those_of_plugins_are_right() -> None:
    for kind in ("timeseries", "state-timeline", "grafana-clock-panel", "acme-stats-panel", "flow", "graph"):
        assert dashboard(ID, board(panel(type=kind))) == [], kind
