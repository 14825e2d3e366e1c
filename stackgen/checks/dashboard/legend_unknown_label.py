"""Legends that name what the series do not have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackgen.checks.boards import Panel
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/legend-unknown-label",
    level=Level.WARNING,
    title="a legend names a label that the expression does not keep",
    why="Grafana puts nothing there: all lines have one name, or a hole in it.",
    on=Panel,
)
_BY_VARIABLE = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*(?:\$|\[\[)")
_LABEL = re.compile(r"\{\{\s*([a-zA-Z_]\w*)\s*\}\}")


def check(panel: Panel, context: Context) -> Iterator[Finding]:
    """`{{label}}` in legends, where no series of the expression can have the label."""
    for target in panel.targets:
        if target.query is None or target.query.parsed is None or "{{" not in target.legend:
            continue
        if _BY_VARIABLE.search(target.query.text):
            continue  # which labels are kept is chosen at the top
        labels = context.labels(target.query.parsed.root)
        for name in dict.fromkeys(_LABEL.findall(target.legend)):
            if name != "__name__" and not labels.can_have(name):
                known = sorted(labels.sure)
                cure = nearest(name, known) if known else f"keep it: sum by ({name}) (...)"
                problem = f"no series of the expression has the label {name!r}"
                yield panel.board.finding(META, (*target.path, "legendFormat"), problem, cure)
