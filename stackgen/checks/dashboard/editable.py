"""Provisioned dashboards that can be edited."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Board
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/editable",
    level=Level.INFO,
    title="the dashboard can be edited in Grafana",
    why="What is changed there is lost when the file is read again.",
    on=Board,
    fixable=True,
)


def check(board: Board, _context: Context) -> Iterator[Finding]:
    """Dashboards without `editable: false`."""
    if board.data.get("editable") is not False:
        path = (*board.prefix, "editable")
        edit = board.replacement(path, "false")
        yield board.finding(META, path, "the dashboard is editable", "write editable: false", edits=(edit,))
