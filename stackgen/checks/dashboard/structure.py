"""JSON that Grafana does not provision as a dashboard."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Board
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/structure",
    level=Level.ERROR,
    title="the file is no dashboard that Grafana provisions",
    why="Grafana leaves the file out with a line in its log, or migrates it from what it guesses its version is.",
    on=Board,
)
#: Below this, Grafana migrates the dashboard on every load; 36 came with the datasource references of Grafana 8.3.
_SCHEMA = 36


def check(board: Board, _context: Context) -> Iterator[Finding]:
    """The API's wrapper, a missing title, parts of another type, an old schema."""
    if board.prefix:
        problem = 'the dashboard is wrapped in {"dashboard": ...}, as the HTTP API wants it and files may not be'
        yield board.finding(META, (), problem, "keep what is inside of `dashboard`")
    if not board.title:
        yield board.finding(META, (*board.prefix, "title"), "the dashboard has no title", "give it one")
    for key, kind, name in (
        ("panels", list, "a list"),
        ("templating", dict, "an object"),
        ("annotations", dict, "an object"),
    ):
        if key in board.data and not isinstance(board.data[key], kind):
            yield board.finding(META, (*board.prefix, key), f"{key} is not {name}", f"make it {name}")
    for panel in board.panels:
        if not panel.type and not panel.is_reference:
            yield panel.finding(META, "a panel without a type", "give it one: timeseries, stat, ...")
    version = board.data.get("schemaVersion")
    if not isinstance(version, int) or version < _SCHEMA:
        said = "no schemaVersion" if version is None else f"schemaVersion {version!r}"
        yield board.finding(
            META,
            (*board.prefix, "schemaVersion"),
            said,
            "export it from a Grafana of today, 39 or later",
            level=Level.WARNING,
        )
