"""Counters that are read as if they were gauges."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.shapes import is_difference, restarts_excluded, taken_by
from stackgen.checks.query.tree import Aggregation, Binary, Call, Node, Selector
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/bare-counter",
    level=Level.ERROR,
    title="a counter is used without rate or increase",
    why="A counter says how much there was since its process started; it falls to 0 with every restart.",
    on=Query,
)

#: Functions that make sense of a counter, or that do not look at its value.
_FITTING = frozenset(
    {
        "rate", "irate", "increase", "resets", "absent", "absent_over_time", "present_over_time", "count_over_time",
        "timestamp", "changes", "xrate", "xincrease", "info",
    }
)  # fmt: skip
_COUNTING = frozenset({"count", "group"})


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Counters outside of functions for them."""
    for selector in query.parsed.selectors if query.parsed else ():
        name = selector.name
        if name is None or context.knowledge.counter(name) is not True or context.recordings(selector):
            continue
        if _fits(selector) or restarts_excluded(selector):
            continue
        cure = f"write rate({name}[...]) for a speed, increase({name}[...]) for an amount"
        if context.knowledge.told(name) or _is_of_histogram(selector):
            difference = is_difference(selector)
            what = (
                "and its difference falls below 0 with every restart"
                if difference
                else "read without rate() or increase()"
            )
            level = Level.WARNING if difference else Level.ERROR
            yield query.finding(META, selector, f"{name!r} is a counter, {what}", cure, level=level)
        elif not is_difference(selector):
            problem = f"{name!r} is by its name a counter, read without rate() or increase()"
            yield query.finding(META, selector, problem, f"{cure}, if it is one", level=Level.WARNING)


def _fits(selector: Selector) -> bool:
    taker = taken_by(selector)
    if taker is not None and (taker.name in _FITTING or _delta_is_told_elsewhere(taker)):
        return True
    inner: Node = selector
    for outer in selector.ancestors():
        if isinstance(outer, Aggregation) and outer.op in _COUNTING:
            return True
        if isinstance(outer, Call) and outer.name in ("absent", "label_replace"):
            return outer.name == "absent" or isinstance(outer.parent, Aggregation)
        # On the right of these only the presence of series counts.
        if isinstance(outer, Binary) and (outer.op == "unless" or (outer.op == "and" and inner is outer.right)):
            return True
        inner = outer
    return False


def _delta_is_told_elsewhere(taker: Call) -> bool:
    return taker.name in ("delta", "idelta", "deriv", "predict_linear")


def _is_of_histogram(selector: Selector) -> bool:
    """Whether a selector is of buckets for certain: a quantile of them is taken."""
    return any(isinstance(outer, Call) and outer.name == "histogram_quantile" for outer in selector.ancestors())
