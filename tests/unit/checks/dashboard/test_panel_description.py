"""dashboard/panel-description."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/panel-description"


def test_a_panel_of_data_without_one_is_found() -> None:
    assert dashboard(ID, board(panel(description=""))) == ["panel 'Evictions' has no description"]


def test_rows_and_texts_need_none() -> None:
    assert dashboard(ID, board({"type": "row", "title": "x", "id": 2}, {"type": "text", "id": 3}, panel())) == []
