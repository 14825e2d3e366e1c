"""Rates over a fixed window in a dashboard."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from stackgen.checks.boards import Panel
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.shapes import taken_by
from stackgen.checks.query.tree import Subquery
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/rate-interval",
    level=Level.WARNING,
    title="rate over another window than $__rate_interval",
    why="A fixed window leaves out what happened between two points when zoomed out, and may be too short zoomed in.",
    on=Panel,
    fixable=True,
)


def check(panel: Panel, context: Context) -> Iterator[Finding]:
    """Rate and irate of a range that is fixed, or `$__interval`; inside of a subquery the window is what it is."""
    for query in panel.queries:
        for selector in query.parsed.selectors if query.parsed else ():
            taker = taken_by(selector) if selector.is_range else None
            if taker is None or taker.name not in ("rate", "irate") or selector.range_text in _GOOD:
                continue
            # A window that somebody can choose at the top is chosen for a reason.
            variable = selector.range is None and "__" not in selector.range_text
            if variable or (selector.name, selector.range) in _long_in_rules(context):
                continue
            if any(isinstance(outer, Subquery) for outer in selector.ancestors()):
                continue
            edit = query.host.edit(selector.range_start, selector.range_end, "[$__rate_interval]")
            problem = f"{taker.name}() over [{selector.range_text}]"
            yield query.finding(META, selector.range_start, problem, "write [$__rate_interval]", edits=[edit])


@lru_cache(maxsize=1)
def _long_in_rules(context: Context) -> frozenset[tuple[str | None, float | None]]:
    """Metrics and the long windows over which rules read them: who shows what a rule compares needs the same window."""
    parsed = [rule.query.parsed for rule in context.rules if rule.query is not None and rule.query.parsed is not None]
    ranges = [(each.name, each.range) for one in parsed for each in one.selectors]
    return frozenset((name, range_) for name, range_ in ranges if range_ is not None and range_ >= _LONG)


#: Seconds from which on a window leaves out nothing that a graph of some days would show.
_LONG = 3600.0


_GOOD = frozenset({"$__rate_interval", "${__rate_interval}", "[[__rate_interval]]", "$__range", "${__range}"})
