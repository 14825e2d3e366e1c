"""Dashboards that name a datasource which is not provisioned."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import EXPRESSION, Board, object_of, text_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.json_places import Path
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="stack/datasource-uid",
    level=Level.ERROR,
    title="a datasource that is not provisioned",
    why="Every panel of it shows `Datasource not found`.",
    on=Board,
)
#: Grafana's own.
_BUILT_IN = frozenset({"", "grafana", "-- Grafana --", "-- Mixed --", "-- Dashboard --", "default", EXPRESSION})


def check(board: Board, context: Context) -> Iterator[Finding]:
    """Fixed uids of datasources that no provisioning file of the run has, each once."""
    known = frozenset(uid for each in context.datasources for uid in each.uids)
    seen: set[str] = set()
    for path, uid in _uids(board) if known else ():
        if uid in known or uid in _BUILT_IN or "$" in uid or uid in seen:
            continue
        seen.add(uid)
        yield board.finding(
            META, path, f"no datasource with the uid {uid!r} is provisioned", nearest(uid, sorted(known))
        )


def _uids(board: Board) -> Iterator[tuple[Path, str]]:
    for panel in board.panels:
        for path, data in ((panel.path, panel.data), *((target.path, target.data) for target in panel.targets)):
            yield (*path, "datasource", "uid"), text_of(object_of(data.get("datasource")).get("uid"))
    for variable in board.variables:
        yield (*variable.path, "datasource", "uid"), text_of(object_of(variable.data.get("datasource")).get("uid"))
