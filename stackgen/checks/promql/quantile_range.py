"""Thresholds that a quantile never reaches."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.shapes import threshold
from stackgen.checks.query.tree import Binary, Call, Node, Selector
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/quantile-range",
    level=Level.ERROR,
    title="the threshold is outside of the histogram's buckets",
    why="histogram_quantile never gives more than the largest finite bound, so such an alert cannot fire.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Comparisons of quantiles, recorded ones too, with a number at or above the last bound or below the first."""
    for comparison in query.parsed.binaries if query.parsed else ():
        found = threshold(comparison) if comparison.compares else None
        if found is None or found[2] == 0:  # >= 0 is how NaN is dropped
            continue
        buckets = _buckets(found[0], context)
        if not buckets:
            continue
        side, limit = found[1], found[2]
        if (side == ">" and limit >= buckets[-1]) or (side == ">=" and limit > buckets[-1]):
            problem = f"a quantile of these buckets is never above {buckets[-1]:g}, and is compared with {limit:g}"
            yield query.finding(META, comparison, problem, f"stay below {buckets[-1]:g}, or add larger buckets")
        elif limit < buckets[0] and side in (">", ">=", "<", "<="):
            problem = f"below the first bound, {buckets[0]:g}, a quantile is a guess, and it is compared with {limit:g}"
            cure = f"stay above {buckets[0]:g}, or add smaller buckets"
            yield query.finding(META, comparison, problem, cure, level=Level.WARNING)


def _buckets(node: Node, context: Context, depth: int = 0) -> tuple[float, ...]:
    """The bounds of the histogram that an expression is a quantile of."""
    match node:
        case Call(name="histogram_quantile", arguments=(_, buckets)):
            selectors = [each for each in buckets.walk() if isinstance(each, Selector)]
            known = context.knowledge.find(selectors[0].name or "") if len(selectors) == 1 else None
            return known.buckets if known is not None else ()
        case Binary() if node.compares and (found := threshold(node)) is not None:
            return _buckets(found[0], context, depth)
        case Selector() if depth < 4:
            for rule in context.recordings(node):
                if rule.query is not None and rule.query.parsed is not None:
                    return _buckets(rule.query.parsed.root, context, depth + 1)
    return ()
