"""dashboard/overlap."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/overlap"


def at(x: int, y: int, title: str = "x") -> dict[str, object]:
    return panel(gridPos={"x": x, "y": y, "w": 12, "h": 8}, title=title)


def test_panels_that_lie_upon_each_other_are_found_once_each() -> None:
    found = dashboard(ID, board(at(0, 0, title="A"), at(6, 4, title="B"), at(0, 0, title="C")))
    assert found == ["panel 'B' lies upon panel 'A'", "panel 'C' lies upon panel 'A'"]


def test_neighbours_and_panels_without_a_place_are_right() -> None:
    assert dashboard(ID, board(at(0, 0), at(12, 0), at(0, 8), panel(), panel(gridPos={"x": "0"}))) == []


def test_the_panels_of_a_collapsed_row_have_a_grid_of_their_own() -> None:
    row = {"type": "row", "title": "x", "collapsed": True, "gridPos": {"x": 0, "y": 8, "w": 24, "h": 1}}
    assert dashboard(ID, board(at(0, 0), {**row, "panels": [at(0, 9)]}, at(0, 9))) == []
    assert len(dashboard(ID, board({**row, "panels": [at(0, 9), at(0, 9)]}))) == 1
