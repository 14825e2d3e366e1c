"""Panels that do not use the datasource's variable."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.board_sources import PROMETHEUS
from stackgen.checks.boards import Panel, object_of, text_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.macros import names
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/panel-datasource",
    level=Level.WARNING,
    title="a panel with a datasource of its own",
    why="It shows the data of one Grafana's datasource, whatever the variable at the top says, and nothing elsewhere.",
    on=Panel,
)


def check(panel: Panel, _context: Context) -> Iterator[Finding]:
    """Panels and targets of Prometheus whose datasource is not a variable's; the name, and the uid, may be `${...}`.

    What Grafana computes itself (`__expr__`) has no datasource.
    """
    variables = {
        each.name for each in panel.board.variables if each.type == "datasource" and each.query in ("", PROMETHEUS)
    }
    if not variables or not panel.shows_data or not any(True for _ in panel.queries):
        return
    targets = ((target.path, target.data) for target in panel.targets if not target.is_expression)
    for path, data in ((panel.path, panel.data), *targets):
        source = data.get("datasource")
        uid = text_of(source) or text_of(object_of(source).get("uid"))
        if source is None and path != panel.path:
            continue  # a target without one uses the panel's
        if panel.board.kinds.of(source) not in ("", PROMETHEUS):
            continue
        if uid in ("-- Mixed --", "-- Dashboard --") or variables.intersection(names(uid)):
            continue
        problem = f"{panel.shown} uses the datasource {uid!r}" if uid else f"{panel.shown} names no datasource"
        cure = f"write {{type: prometheus, uid: ${{{min(variables)}}}}}"
        yield panel.board.finding(META, (*path, "datasource"), problem, cure)
        return
