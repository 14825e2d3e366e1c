"""Rates of sums, and of what is a rate already."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.shapes import RATES, taken_by
from stackgen.checks.query.tree import Aggregation, Binary, Call, Node, Subquery
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/rate-of-sum",
    level=Level.ERROR,
    title="rate of a sum, a rate or a recorded series",
    why="When one process restarts, the sum falls by what it had counted; rate takes that for a restart of everything.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Rates over subqueries of aggregations, and over recorded series."""
    if query.parsed is None:
        return
    for call in query.parsed.calls:
        if call.name in RATES and call.arguments and isinstance(call.arguments[0], Subquery):
            inner = call.arguments[0].of
            if (what := _what(inner)) is not None:
                yield query.finding(META, call, f"{call.name}() of {what}", _CURE)
    for selector in query.parsed.selectors:
        taker = taken_by(selector) if selector.is_range else None
        if taker is None or taker.name not in RATES or selector.name is None:
            continue
        recorded = [rule for rule in context.recordings(selector) if rule.query and rule.query.parsed]
        if any(_what(rule.query.parsed.root) for rule in recorded if rule.query and rule.query.parsed) or (
            not recorded and ":" in selector.name
        ):
            problem = f"{taker.name}() of the recorded series {selector.name!r}"
            yield query.finding(META, taker, problem, _CURE)


_CURE = "take the rate of each counter first, then the sum: sum(rate(...))"


def _what(node: Node) -> str | None:
    """What an expression is, where it is no plain counter."""
    match node:
        case Aggregation(op=op):
            return f"{op}()"
        case Call(name=name) if name not in ("label_replace", "label_join"):
            return f"{name}()"
        case Binary():
            return "a computed value"
    return None
