"""Variables that ask for what there is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackgen.checks.board_sources import PROMETHEUS
from stackgen.checks.boards import Board, Variable
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.macros import has_macro
from stackgen.checks.query.parse import QueryError, parse
from stackgen.checks.query.tree import Selector
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/variable-query",
    level=Level.ERROR,
    title="a variable asks for a metric or a label that there is not",
    why="Its menu stays empty, and every panel that follows it with it.",
    on=Board,
)
#: `label_values(series, label)`; `label_values(label)` asks about no series.
_LABEL_VALUES = re.compile(r"\s*label_values\(\s*(?P<series>.+),\s*(?P<label>[a-zA-Z_]\w*)\s*\)\s*", re.DOTALL)
_QUERY_RESULT = re.compile(r"\s*query_result\((?P<series>.+)\)\s*", re.DOTALL)


def check(board: Board, context: Context) -> Iterator[Finding]:
    """`label_values` and `query_result` of series that nothing exposes, and of labels that the series do not have."""
    for variable in board.variables:
        kind = board.kinds.of(variable.data.get("datasource"))
        found = _LABEL_VALUES.fullmatch(variable.query) or _QUERY_RESULT.fullmatch(variable.query)
        if variable.type == "query" and kind in ("", PROMETHEUS) and found is not None:
            yield from _wrong(variable, found["series"], found.groupdict().get("label") or "", context)


def _wrong(variable: Variable, series: str, label: str, context: Context) -> Iterator[Finding]:
    try:
        parsed = parse(series, macros=True)
    except QueryError:
        return  # Grafana's own writing, or none at all
    path = (*variable.path, "query")
    for selector in parsed.selectors:
        name = selector.name
        if name is None or selector.templated or name in context.recorded:
            continue
        if context.knowledge.exists(name) is False:
            cure = nearest(name, [*context.knowledge.series, *context.recorded])
            problem = f"the variable {variable.name!r} asks for {name!r}, which nothing exposes"
            yield variable.board.finding(META, path, problem, cure)
        elif label and selector is parsed.root and not has_macro(label):
            labels = context.labels(Selector(0, None, name, (), None, 0, 0, "", 0.0))
            if not labels.can_have(label):
                problem = f"the variable {variable.name!r} asks for {label!r}, and {name!r} has no such label"
                yield variable.board.finding(META, path, problem, nearest(label, sorted(labels.sure)))
