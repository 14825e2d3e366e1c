"""Quantiles of every single series."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.tree import Aggregation, Node, Selector
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/quantile-unsummed",
    level=Level.WARNING,
    title="histogram_quantile of buckets that are not summed by le",
    why="It gives a quantile for each process and each combination of labels; those cannot be put together afterwards.",
    on=Query,
)


def check(query: Query, _context: Context) -> Iterator[Finding]:
    """Quantiles without a sum, and with an aggregation that is none."""
    for call in query.parsed.calls if query.parsed else ():
        if call.name != "histogram_quantile" or len(call.arguments) < 2:
            continue
        buckets = call.arguments[1]
        selectors = [each for each in buckets.walk() if isinstance(each, Selector)]
        # What has a colon in its name was recorded, most likely summed; native histograms have no buckets to sum.
        if not any((each.name or "").endswith("_bucket") and ":" not in (each.name or "") for each in selectors):
            continue
        aggregation = _aggregation(buckets)
        if aggregation is None:
            yield query.finding(META, call, "histogram_quantile() of buckets that are not summed", _CURE)
        elif aggregation.op != "sum":
            problem = f"histogram_quantile() of {aggregation.op}() of buckets, which are counts to be added"
            yield query.finding(META, aggregation, problem, _CURE, level=Level.ERROR)


_CURE = "write histogram_quantile(q, sum by (le, ...) (rate(..._bucket[...])))"


def _aggregation(node: Node) -> Aggregation | None:
    return next((each for each in node.walk() if isinstance(each, Aggregation)), None)
