"""Functions for gauges on counters."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.shapes import taken_by
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/delta-of-counter",
    level=Level.ERROR,
    title="delta, deriv or predict_linear of a counter",
    why="They do not know of restarts: after one, the value falls and the result is far below zero.",
    on=Query,
)
_FOR_GAUGES = {"delta": "increase", "idelta": "irate", "deriv": "rate", "predict_linear": "rate"}


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Counters inside of functions for gauges."""
    for selector in query.parsed.selectors if query.parsed else ():
        taker = taken_by(selector) if selector.is_range else None
        if taker is None or taker.name not in _FOR_GAUGES or selector.name is None:
            continue
        if context.knowledge.counter(selector.name) is True and not context.recordings(selector):
            told = context.knowledge.told(selector.name)
            problem = f"{taker.name}() of {selector.name!r}, which is {'' if told else 'by its name '}a counter"
            level = Level.ERROR if told else Level.WARNING
            yield query.finding(META, taker, problem, f"write {_FOR_GAUGES[taker.name]}()", level=level)
