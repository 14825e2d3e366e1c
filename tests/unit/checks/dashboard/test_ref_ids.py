"""dashboard/ref-ids."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/ref-ids"


def test_two_queries_of_one_name_are_found() -> None:
    targets = [{"refId": name, "expr": "up"} for name in ("A", "B", "A")]
    assert dashboard(ID, board(panel(targets=targets))) == ["panel 'Evictions' has two queries 'A'"]


def test_other_names_and_none_are_right() -> None:
    targets = [{"refId": "A", "expr": "up"}, {"refId": "B", "expr": "up"}, {"expr": "up"}, {"expr": "up"}]
    assert dashboard(ID, board(panel(targets=targets), panel(targets=targets, id=2))) == []
