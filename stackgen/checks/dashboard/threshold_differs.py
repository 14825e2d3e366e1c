"""Panels that draw another threshold than the alert has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import isclose

from stackgen.checks.boards import Panel, list_of, object_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.shapes import canonical, conditions, known_nonzero, threshold
from stackgen.checks.query.tree import Binary, Node, Selector
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/threshold-differs",
    level=Level.WARNING,
    title="the panel's threshold is not the alert's",
    why="The panel turns red at one value and the alert fires at another; nobody knows which of them is meant.",
    on=Panel,
)

#: A step a hair above 0 is that of `at_most: 0`: Grafana counts what lies on a step as above it.
_HAIR = 2e-9


def check(panel: Panel, context: Context) -> Iterator[Finding]:
    """Panels of a signal that alerts are on, with thresholds of which none is an alert's."""
    steps = [object_of(each).get("value") for each in list_of(object_of(panel.defaults.get("thresholds")).get("steps"))]
    drawn = {float(step) for step in steps if isinstance(step, int | float) and not isinstance(step, bool)}
    # Grafana's own default, green and red at 80, is nobody's threshold.
    if not drawn or drawn == {80.0} or object_of(panel.defaults.get("thresholds")).get("mode") == "percentage":
        return
    for query in panel.queries:
        if query.parsed is None:
            continue
        shown = _signal(query.parsed.root, context)
        limits = {limit for signal, limit, _ in _alerts(context) if signal == shown}
        names = sorted({name for signal, _, name in _alerts(context) if signal == shown})
        if limits and not any(isclose(limit, step, rel_tol=1e-5, abs_tol=_HAIR) for limit in limits for step in drawn):
            problem = f"drawn at {_listed(drawn)}, and {' and '.join(names)} fires at {_listed(limits)}"
            yield panel.finding(META, problem, "draw the alert's", "fieldConfig", "defaults", "thresholds")
            return


def _listed(numbers: set[float]) -> str:
    return ", ".join(f"{each:g}" for each in sorted(numbers))


@lru_cache(maxsize=1)
def _alerts(context: Context) -> tuple[tuple[str, float, str], ...]:
    """For each comparison of an alert with a number: the signal, the number, the alert; the same for all panels."""
    return tuple(_worked_out(context))


def _worked_out(context: Context) -> Iterator[tuple[str, float, str]]:
    for rule in context.rules:
        root = rule.query.parsed.root if rule.alert and rule.query and rule.query.parsed else None
        for comparison in conditions(root) if root is not None else ():
            if (found := threshold(comparison)) is not None and not _guards(comparison):
                yield _signal(found[0], context), found[2], rule.alert


def _guards(comparison: Binary) -> bool:
    """Whether a comparison keeps out zero or NaN and is no threshold of anybody's: `> 0`, `>= 0`."""
    found = threshold(comparison)
    return found is not None and found[2] == 0 and (known_nonzero(comparison) or comparison.op == ">=")


def _signal(node: Node, context: Context, depth: int = 0) -> str:
    """What an expression measures, whatever its windows, matchers and groups."""
    if isinstance(node, Binary) and node.compares and _guards(node):
        return _signal(node.left, context, depth)
    if isinstance(node, Selector) and depth < 4:
        for rule in context.recordings(node):
            if rule.query is not None and rule.query.parsed is not None:
                return _signal(rule.query.parsed.root, context, depth + 1)
    return canonical(node, windows=False, matchers=False, groups=False)
