"""Ranges that hold too few samples."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.shapes import taken_by
from stackgen.definition.quantities import prometheus_duration
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/short-range",
    level=Level.WARNING,
    title="the range is less than four scrape intervals",
    why="A rate needs two samples in its range; with less than four intervals, one failed scrape leaves a gap.",
    on=Query,
)
_NEEDS_SAMPLES = frozenset(
    {"rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear", "resets", "changes"}
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Ranges of functions that need several samples; an error where the range cannot hold two."""
    interval = context.scrape_interval
    for selector in query.parsed.selectors if query.parsed and interval else ():
        taker = taken_by(selector)
        if taker is None or taker.name not in _NEEDS_SAMPLES or selector.range is None or interval is None:
            continue
        if selector.range < 4 * interval and not context.recordings(selector):
            shown = prometheus_duration(interval)
            level = Level.ERROR if selector.range < 2 * interval else Level.WARNING
            problem = f"{taker.name}() over {selector.range_text} at a scrape interval of {shown}"
            cure = f"write at least [{prometheus_duration(4 * interval)}]"
            yield query.finding(META, selector.range_start, problem, cure, level=level)
