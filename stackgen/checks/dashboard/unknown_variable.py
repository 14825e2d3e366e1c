"""Variables that a dashboard does not have."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Board
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.macros import BUILT_IN, MACRO
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/unknown-variable",
    level=Level.ERROR,
    title="an expression uses a variable that there is not",
    why="Grafana sends the text `$name` to Prometheus, which matches nothing or does not parse.",
    on=Board,
)


def check(board: Board, _context: Context) -> Iterator[Finding]:
    """Variables in expressions that neither the dashboard nor Grafana defines."""
    known = {variable.name for variable in board.variables}
    for query in board.queries:
        for found in MACRO.finditer(query.text):
            name = found[1] or found[2] or found[3]
            # `$1` is a group of label_replace; what begins with two underscores is Grafana's.
            if name in known or name in BUILT_IN or name.isdigit() or name.startswith("__"):
                continue
            yield query.finding(META, found.start(), f"no variable {name!r}", nearest(name, sorted(known)))
