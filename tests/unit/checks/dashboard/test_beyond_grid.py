"""dashboard/beyond-grid."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/beyond-grid"


def found(x: object, w: object) -> list[str]:
    return dashboard(ID, board(panel(gridPos={"x": x, "y": 0, "w": w, "h": 8})))


def test_a_panel_that_ends_right_of_the_last_column_is_found() -> None:
    assert found(20, 12) == ["panel 'Evictions' takes the columns 20 to 32, of 0 to 24"]
    assert found(0, 25) != []
    assert found(-1, 8) != []


def test_panels_within_and_without_a_place_are_right() -> None:
    assert found(0, 24) == found(12, 12) == found("20", 12) == dashboard(ID, board(panel())) == []
