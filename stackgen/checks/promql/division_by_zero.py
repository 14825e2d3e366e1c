"""Divisions that give NaN or infinity."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.shapes import RATES, conditions, known_nonzero, same, threshold
from stackgen.checks.query.tree import Binary, Call, Node, Selector, scalar
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/division-by-zero",
    level=Level.WARNING,
    title="a division whose divisor can be 0",
    why="0 / 0 is NaN, which is drawn as a gap at best; anything else by 0 is infinity, and above every limit.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Divisions by a vector that nothing keeps from being 0.

    A ratio of rates that is compared at once is left alone: where there was no traffic it is NaN, and no comparison
    with NaN holds.
    """
    if query.parsed is None:
        return
    guards = [side for comparison in conditions(query.parsed.root) if (side := _positive(comparison)) is not None]
    for division in query.parsed.binaries:
        divisor = division.right
        if division.op not in ("/", "%") or scalar(divisor) or _safe(divisor, context):
            continue
        if any(same(divisor, guard) for guard in guards) or (_is_compared(division) and _rates(divisor)):
            continue
        yield query.finding(
            META, division, "a division whose divisor can be 0", "divide by (... > 0): no divisor, no value"
        )


def _positive(comparison: Binary) -> Node | None:
    """What a comparison keeps above 0."""
    found = threshold(comparison)
    return found[0] if found is not None and known_nonzero(comparison) else None


def _safe(divisor: Node, context: Context, depth: int = 0) -> bool:
    """Whether a divisor is never 0, by its form or by that of the recording behind it."""
    if known_nonzero(divisor):
        return True
    if not isinstance(divisor, Selector) or depth > 4:
        return False
    recordings = context.recordings(divisor)
    return bool(recordings) and all(
        rule.query is not None and rule.query.parsed is not None and _safe(rule.query.parsed.root, context, depth + 1)
        for rule in recordings
    )


def _is_compared(division: Node) -> bool:
    """Whether a comparison looks at the result before anything else does; one that NaN does not pass."""
    for outer in division.ancestors():
        if isinstance(outer, Binary) and outer.compares and not outer.bool_:
            return outer.op != "!="
        if not (isinstance(outer, Binary) and outer.op in "+-*/"):
            return False
    return False


def _rates(divisor: Node) -> bool:
    """Whether a divisor is made of rates: then what is divided by it is a part of it, and 0 where it is 0."""
    selectors = [each for each in divisor.walk() if isinstance(each, Selector)]
    taken = [each for each in divisor.walk() if isinstance(each, Call) and each.name in RATES]
    return bool(selectors) and len(taken) >= len(selectors)
