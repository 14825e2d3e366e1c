"""dashboard/panel-title."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/panel-title"


def test_a_panel_or_row_without_a_title_is_found() -> None:
    assert dashboard(ID, board(panel(title=" "))) == ["a panel without a title"]
    assert dashboard(ID, board({"type": "row", "id": 1})) == ["a row without a title"]


def test_texts_need_none() -> None:
    assert dashboard(ID, board({"type": "text", "id": 1}, panel(id=2))) == []
