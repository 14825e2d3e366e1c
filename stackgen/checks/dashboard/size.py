"""Dashboards that are too large."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Board
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/size",
    level=Level.WARNING,
    title="a dashboard of more than 250 kB",
    why="A ConfigMap holds 1 MB in all, and no browser draws such a dashboard at once.",
    on=Board,
)
_MAX_BYTES = 250_000


def check(board: Board, _context: Context) -> Iterator[Finding]:
    """Files that are larger, as they are."""
    size = len(board.source.text.encode("utf-8", "replace"))
    if size > _MAX_BYTES:
        problem = f"{size / 1000:.0f} kB; a dashboard may have {_MAX_BYTES / 1000:.0f}"
        yield board.finding(META, (), problem, "split it in two and link them")
