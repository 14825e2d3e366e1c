"""dashboard/removed-panel."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/removed-panel"


def test_angular_panels_are_found() -> None:
    assert dashboard(ID, board(panel(type="graph"))) == [
        "panel 'Evictions' is of the type 'graph', which Grafana no longer has"
    ]
    assert dashboard(ID, board(panel(type="singlestat"))) != []


def test_panels_of_today_are_right() -> None:
    assert dashboard(ID, board()) == []
