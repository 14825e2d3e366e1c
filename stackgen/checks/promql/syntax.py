"""Expressions that do not parse."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/syntax",
    level=Level.ERROR,
    title="the expression does not parse",
    why="Prometheus refuses the whole file, so no rule of it runs; a panel shows an error.",
    on=Query,
)


def check(query: Query, _context: Context) -> Iterator[Finding]:
    """The parser's own message."""
    if query.error is not None:
        yield query.finding(META, query.error.offset, query.error.problem, "put the expression right")
