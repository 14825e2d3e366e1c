"""dashboard/size."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/size"


def test_more_than_250_kb_is_found() -> None:
    (found,) = dashboard(ID, board(panel(description="x" * 260_000)))
    assert found.endswith("kB; a dashboard may have 250")


def test_less_is_right() -> None:
    assert dashboard(ID, board(panel(description="x" * 200_000))) == []
