"""Dashboards that are tied to one datasource."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Board
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/datasource-variable",
    level=Level.WARNING,
    title="not one variable for the datasource",
    why="With a variable for it, the same dashboard works in every Grafana and can be switched between datasources.",
    on=Board,
)


def check(board: Board, _context: Context) -> Iterator[Finding]:
    """No variable of type datasource for Prometheus, several, or one of another name than `datasource`."""
    if not any(True for _ in board.queries):
        return
    found = [each for each in board.variables if each.type == "datasource" and each.query in ("prometheus", "")]
    if not found:
        cure = "add a variable `datasource` of the type datasource, for prometheus"
        yield board.finding(META, (*board.prefix, "templating"), "no variable for the Prometheus datasource", cure)
    for second in found[1:]:
        problem = f"a second variable for the datasource, {second.name!r}"
        yield board.finding(META, second.path, problem, f"keep {found[0].name!r} alone")
    if found and found[0].name != "datasource":
        problem = f"the datasource's variable is named {found[0].name!r}"
        cure = "name it `datasource`, as links between dashboards expect"
        yield board.finding(META, (*found[0].path, "name"), problem, cure, level=Level.INFO)
