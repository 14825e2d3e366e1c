"""Quantiles of which a mean or a sum is taken."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.tree import Aggregation, Binary, Call, Node, Selector
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/quantile-averaged",
    level=Level.WARNING,
    title="a mean or a sum of quantiles",
    why="The mean of the p99 of ten instances is the p99 of nothing: the one slow instance disappears in it.",
    on=Query,
)


def check(query: Query, _context: Context) -> Iterator[Finding]:
    """`avg` and `sum` of `histogram_quantile`, and of series of a summary that are quantiles."""
    for aggregation in query.parsed.aggregations if query.parsed else ():
        if aggregation.op not in ("avg", "sum"):
            continue
        what = _quantile(aggregation.of)
        if what is None:
            continue
        cure = "sum the buckets first: histogram_quantile(q, sum by (le) (rate(..._bucket[...])))"
        if isinstance(what, Selector):
            cure = "show the worst: max(...); a summary's quantiles cannot be put together"
        yield query.finding(META, aggregation, f"{aggregation.op}() of quantiles", cure)


def _quantile(node: Node) -> Node | None:
    """The quantiles that an expression gives as they are, if it does."""
    match node:
        case Call(name="histogram_quantile"):
            return node
        case Call(name="label_replace" | "label_join", arguments=arguments):
            return _quantile(arguments[0])
        case Selector():
            matcher = node.matcher("quantile")
            return node if matcher is not None and matcher.op == "=" and matcher.value else None
        case Aggregation(op="max" | "min", of=of):
            return _quantile(of)
        case Binary(left=left) if node.compares and not node.bool_:
            return _quantile(left)
    return None
