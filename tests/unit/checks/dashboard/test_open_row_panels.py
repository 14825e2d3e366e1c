"""dashboard/open-row-panels."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/open-row-panels"


def row(**settings: object) -> dict[str, object]:
    return {"type": "row", "title": "Details", "id": 2, "panels": [panel()], **settings}


def test_panels_inside_of_an_open_row_are_found() -> None:
    assert dashboard(ID, board(row(collapsed=False))) == ["panel 'Details' is open and holds 1 panel"]
    assert dashboard(ID, board(row())) == ["panel 'Details' is open and holds 1 panel"]


def test_those_of_a_collapsed_row_and_those_behind_an_open_one_are_right() -> None:
    assert dashboard(ID, board(row(collapsed=True))) == []
    assert dashboard(ID, board(row(collapsed=False, panels=[]), panel())) == []
