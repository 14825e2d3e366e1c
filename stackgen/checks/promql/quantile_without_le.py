"""Quantiles of buckets whose bounds were summed away."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.tree import Selector
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/quantile-without-le",
    level=Level.ERROR,
    title="histogram_quantile of buckets without le",
    why="The quantile is read off the buckets' bounds; without the label le there is no result at all.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Quantiles whose argument has lost `le`."""
    for call in query.parsed.calls if query.parsed else ():
        if call.name != "histogram_quantile" or len(call.arguments) < 2:
            continue
        buckets = call.arguments[1]
        classic = any(isinstance(each, Selector) and (each.name or "").endswith("_bucket") for each in buckets.walk())
        if classic and not context.labels(buckets).can_have("le"):
            yield query.finding(
                META,
                call,
                "histogram_quantile() of buckets without the label le",
                "keep it: sum by (le, ...) (rate(...))",
            )
