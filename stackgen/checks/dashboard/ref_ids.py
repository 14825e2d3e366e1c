"""Queries of one panel with the same name."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Panel, text_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/ref-ids",
    level=Level.ERROR,
    title="two queries of a panel with one refId",
    why="Grafana keeps results by refId: of two queries with the same one, only one is drawn.",
    on=Panel,
)


def check(panel: Panel, _context: Context) -> Iterator[Finding]:
    """Names of queries that a panel has twice."""
    seen: set[str] = set()
    for index, target in enumerate(panel.targets):
        name = text_of(target.data.get("refId"))
        if name and name in seen:
            problem = f"{panel.shown} has two queries {name!r}"
            yield panel.finding(META, problem, "give each query a letter of its own", "targets", index, "refId")
        seen.add(name)
