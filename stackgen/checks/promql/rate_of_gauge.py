"""Rates of what is no counter."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.shapes import RATES, taken_by
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/rate-of-gauge",
    level=Level.ERROR,
    title="rate, irate or increase of a gauge",
    why="They take every fall of the value for a restart and add it up, so the result means nothing.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Gauges inside of functions for counters."""
    for selector in query.parsed.selectors if query.parsed else ():
        name = selector.name
        taker = taken_by(selector) if selector.is_range else None
        if name is None or taker is None or taker.name not in RATES:
            continue
        if context.knowledge.counter(name) is False and not context.recordings(selector):
            problem = f"{taker.name}() of {name!r}, which is a gauge"
            yield query.finding(META, taker, problem, "write deriv() or delta(), or take the counter behind it")
