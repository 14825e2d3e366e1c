"""Ratios and means that a process has computed over its own life."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.shapes import restarts_excluded
from stackgen.checks.query.tree import Binary, Selector
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/precomputed-ratio",
    level=Level.WARNING,
    title="a ratio or a mean that the process has computed itself",
    why="It goes numb with uptime, cannot be added up over processes, and on an idle system is 0: the alert fires.",
    on=Query,
)
_NAME = re.compile(
    r"(?:^|_)(?:hit|miss(?:es)?|error|fail|failure|success|stale|eviction|rejection)s?_(?:rate|ratio|percent|percentage)$"
    r"|(?:^|_)(?:avg|average|mean)_\w*(?:latency|duration|time|seconds|us|ms)\w*$"
    r"|(?:latency|duration|time)_(?:avg|average|mean|p\d\d+)(?:_\w+)?$"
)
#: Estimates of a system about what it holds now (Redis: the keys that are expired and not removed yet), no such ratios.
_OF_NOW = ("expired_stale_percentage",)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Gauges whose names say that they are a ratio of events or a mean time; over which time, no name tells."""
    for selector in query.parsed.selectors if query.parsed else ():
        name = selector.name
        if name is None or ":" in name or context.recordings(selector) or context.knowledge.counter(name) is True:
            continue
        if _NAME.search(name) and not name.endswith(_OF_NOW) and not _sum_regained(selector, context):
            problem = f"{name!r} is by its name a ratio or a mean that the process has computed, over its own life"
            yield query.finding(
                META, selector, problem, "compute it from counters: sum(rate(part)) / (sum(rate(whole)) > 0)"
            )


def _sum_regained(selector: Selector, context: Context) -> bool:
    """Whether a mean is multiplied by its own count, which gives the sum that it was computed from."""
    product = selector.parent
    if not isinstance(product, Binary) or product.op != "*":
        return False
    count = product.right if selector is product.left else product.left
    return (
        isinstance(count, Selector)
        and count.name is not None
        and context.knowledge.counter(count.name) is True
        and restarts_excluded(count)
    )
