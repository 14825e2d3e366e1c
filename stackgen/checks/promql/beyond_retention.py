"""Ranges and offsets that reach back further than samples are kept."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.tree import Node, Subquery
from stackgen.definition.quantities import prometheus_duration
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/beyond-retention",
    level=Level.ERROR,
    title="looks back further than samples are kept",
    why="Prometheus keeps 15 days unless told otherwise; a mean over 30 days is then one over 15, and nobody is told.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Selectors whose range, offset and subqueries together are longer than the retention."""
    retention = context.knowledge.retention
    for selector in query.parsed.selectors if query.parsed and retention else ():
        back = (selector.range or 0.0) + max(selector.offset, 0.0) + sum(_more(outer) for outer in selector.ancestors())
        if retention is not None and back > retention:
            problem = (
                f"looks back {prometheus_duration(back)}, and samples are kept for {prometheus_duration(retention)}"
            )
            yield query.finding(META, selector, problem, "raise stack.retention, or look back less")


def _more(outer: Node) -> float:
    return (outer.range or 0.0) + max(outer.offset, 0.0) if isinstance(outer, Subquery) else 0.0
