"""dashboard/panel-ids."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/panel-ids"


def test_two_panels_of_one_id_are_found_in_rows_too() -> None:
    row = {"type": "row", "title": "x", "id": 2, "panels": [panel(id=1)]}
    assert dashboard(ID, board(panel(id=1), row)) == ["panel 'Evictions' has the id 1 too"]


def test_other_ids_and_none_are_right() -> None:
    assert dashboard(ID, board(panel(id=1), panel(id=2), panel(id=None), panel(id=None))) == []
