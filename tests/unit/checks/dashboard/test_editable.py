"""dashboard/editable."""

from __future__ import annotations

import json

from tests.unit.checks.asking import board, dashboard, fixed

ID = "dashboard/editable"


def test_a_dashboard_that_can_be_edited_is_found_and_put_right() -> None:
    assert dashboard(ID, board(editable=True)) == ["the dashboard is editable"]
    assert json.loads(fixed(ID, json.dumps(board(editable=True)), "board.json")) == board()


def test_silence_means_editable() -> None:
    assert dashboard(ID, board(editable=None)) == ["the dashboard is editable"]


def test_editable_false_is_right() -> None:
    assert dashboard(ID, board()) == []
