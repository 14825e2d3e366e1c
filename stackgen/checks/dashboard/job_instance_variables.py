"""Dashboards that cannot be narrowed to a job or an instance."""

from __future__ import annotations

import json
from collections.abc import Iterator

from stackgen.checks.boards import Board, Variable
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/job-instance-variables",
    level=Level.WARNING,
    title="no proper variables for job and instance",
    why="Whoever looks for the one bad instance has to edit every query; if All is not .+, series of others show up.",
    on=Board,
)


#: How series begin that are not of one target: those of Sloth's rules, and alerts on them.
_OF_NO_TARGET = ("slo:", "sloth_", "ALERTS")


def check(board: Board, _context: Context) -> Iterator[Finding]:
    """Variables `job` and `instance`: there, of several values, with All as `.+`, if targets are asked about."""
    asked = [selector.name or "" for query in board.queries if query.parsed for selector in query.parsed.selectors]
    if not asked or all(name.startswith(_OF_NO_TARGET) for name in asked):
        return
    for name in ("job", "instance"):
        variable = board.variable(name)
        if variable is None:
            cure = f"add a query variable: label_values(..., {name}), multi, All as .+"
            yield board.finding(META, (*board.prefix, "templating", "list"), f"no variable {name!r}", cure)
        else:
            yield from _settings(board, variable)


def _settings(board: Board, variable: Variable) -> Iterator[Finding]:
    wanted = (
        ("multi", True, "allow several values"),
        ("includeAll", True, "offer All"),
        ("allValue", ".+", "make All .+"),
    )
    for key, value, cure in wanted:
        if variable.data.get(key) != value:
            has = f"{key} {json.dumps(variable.data[key])}" if variable.data.get(key) is not None else f"no {key}"
            problem = f"the variable {variable.name!r} has {has}"
            yield board.finding(META, (*variable.path, key), problem, cure)
