"""Ratios compared as if they were percentages."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.shapes import is_part_of_whole, threshold
from stackgen.checks.query.tree import Binary, Call, Node, Selector
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/ratio-threshold",
    level=Level.ERROR,
    title="a share is compared with a number that it never reaches",
    why="A share is between 0 and 1: above 80 it never is, below 80 it always is. The number was meant in percent.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Comparisons of shares with more than 1, and of percentages with less."""
    for comparison in query.parsed.binaries if query.parsed else ():
        found = threshold(comparison) if comparison.compares and not comparison.bool_ else None
        if found is None:
            continue
        side, _, limit = found
        unit = context.unit(side)
        if limit > 1 and _is_share(side, unit, context):
            problem = f"a share, which is between 0 and 1, is compared with {limit:g}"
            yield query.finding(META, comparison, problem, f"write {limit / 100:g} for {limit:g} %")
        elif 0 < limit < 1 and unit == "percent":
            problem = f"a percentage, which is between 0 and 100, is compared with {limit:g}"
            cure = f"write {limit * 100:g} for {limit * 100:g} %"
            yield query.finding(META, comparison, problem, cure, level=Level.WARNING)


def _is_share(node: Node, unit: str | None, context: Context) -> bool:
    """Whether a value is a share: a series that says so, or a part divided by its whole."""
    if unit != "ratio":
        return False
    match node:
        case Selector():
            recordings = [r.query.parsed.root for r in context.recordings(node) if r.query and r.query.parsed]
            if recordings:
                return all(_is_share(root, context.unit(root), context) for root in recordings)
            # Names of ratios that go beyond 1 say so less often than one would think: fragmentation, saturation.
            name = node.name or ""
            return name.endswith("_ratio") and not any(word in name for word in ("frag", "load", "saturat", "compress"))
        case Binary(op="/"):
            return is_part_of_whole(node)
        case Binary() if node.compares:
            return _is_share(node.left, unit, context)
        case Call(name="avg_over_time" | "max_over_time" | "min_over_time", arguments=(inner,)):
            return _is_share(inner, unit, context)
    return False
