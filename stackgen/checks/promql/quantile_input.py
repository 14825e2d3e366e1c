"""Quantiles of what are no buckets."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.tree import Selector, constant
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/quantile-input",
    level=Level.ERROR,
    title="histogram_quantile of no buckets, or with no share",
    why="It reads a quantile between 0 and 1 off a histogram's buckets; anything else gives nothing, or infinity.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Arguments of histogram_quantile that are a gauge, a plain counter, or a share outside of 0 to 1."""
    for call in query.parsed.calls if query.parsed else ():
        if call.name != "histogram_quantile" or len(call.arguments) < 2:
            continue
        q = constant(call.arguments[0])
        if q is not None and not 0 <= q <= 1:
            yield query.finding(META, call, f"histogram_quantile() of the share {q:g}", "write a share from 0 to 1")
        for selector in (each for each in call.arguments[1].walk() if isinstance(each, Selector)):
            known = context.knowledge.find(selector.name or "")
            wrong = selector.name is not None and selector.name.endswith(("_total", "_sum", "_count"))
            if wrong or (known is not None and known.counter is not None and "le" not in (known.labels or {"le"})):
                problem = f"histogram_quantile() of {selector.name!r}, which has no buckets"
                yield query.finding(META, selector, problem, "take the histogram's series that end in _bucket")
