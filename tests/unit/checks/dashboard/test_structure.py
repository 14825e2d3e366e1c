"""dashboard/structure."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/structure"


def test_the_wrapper_of_the_api_is_found_and_looked_through() -> None:
    found = dashboard(ID, {"dashboard": board()})
    assert found == ['the dashboard is wrapped in {"dashboard": ...}, as the HTTP API wants it and files may not be']


def test_missing_and_mistyped_parts_are_found() -> None:
    assert dashboard(ID, board(title=None)) == ["the dashboard has no title"]
    assert dashboard(ID, board(panels={})) == ["panels is not a list"]
    assert dashboard(ID, board(templating=[])) == ["templating is not an object"]
    assert dashboard(ID, board({"title": "x"})) == ["a panel without a type"]
    assert dashboard(ID, board(schemaVersion=14)) == ["schemaVersion 14"]
    assert dashboard(ID, board(schemaVersion=None)) == ["no schemaVersion"]


def test_a_whole_one_is_right() -> None:
    assert dashboard(ID, board()) == []


def test_a_reference_to_a_library_panel_has_its_type_elsewhere() -> None:
    reference = {"id": 2, "gridPos": {"x": 0, "y": 8, "w": 12, "h": 8}, "libraryPanel": {"uid": "x", "name": "X"}}
    assert dashboard(ID, board(panel(), reference)) == []
