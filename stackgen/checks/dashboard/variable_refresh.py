"""Variables that do not follow the time range."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Board
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/variable-refresh",
    level=Level.WARNING,
    title="a variable is not refreshed when the time range changes",
    why="Its values are those of the time at which the page was loaded: instances of last week cannot be chosen.",
    on=Board,
    fixable=True,
)
_ON_TIME_CHANGE = 2


def check(board: Board, _context: Context) -> Iterator[Finding]:
    """Query variables with another `refresh` than 2."""
    for variable in board.variables:
        if variable.type == "query" and variable.data.get("refresh") != _ON_TIME_CHANGE:
            path = (*variable.path, "refresh")
            problem = f"the variable {variable.name!r} is not refreshed when the time range changes"
            edit = board.replacement(path, str(_ON_TIME_CHANGE))
            yield board.finding(META, path, problem, "write refresh: 2", edits=(edit,))
