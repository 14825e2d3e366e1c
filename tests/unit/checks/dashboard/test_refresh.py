"""dashboard/refresh."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard

ID = "dashboard/refresh"


def test_faster_than_the_scrapes_is_found() -> None:
    assert dashboard(ID, board(refresh="5s")) == ["refreshed every 5s, and scraped every 15s"]


def test_slower_or_not_at_all_is_right() -> None:
    assert dashboard(ID, board(refresh="15s")) == dashboard(ID, board(refresh="")) == []
    assert dashboard(ID, board(refresh=False)) == []
