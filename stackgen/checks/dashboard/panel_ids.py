"""Panels with the same id."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Board
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/panel-ids",
    level=Level.ERROR,
    title="two panels with one id",
    why="A link to a panel, an alert's for one, opens whichever comes first.",
    on=Board,
)


def check(board: Board, _context: Context) -> Iterator[Finding]:
    """Ids that are there twice; Grafana gives ids to panels that have none."""
    seen: dict[int, str] = {}
    for panel in board.panels:
        number = panel.data.get("id")
        if not isinstance(number, int) or isinstance(number, bool):
            continue
        if number in seen:
            yield panel.finding(META, f"{seen[number]} has the id {number} too", "give each panel its own", "id")
        seen.setdefault(number, panel.shown)
