"""Divisions that give NaN or infinity."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.shapes import RATES, conditions, known_nonzero, same, threshold
from stackgen.checks.query.tree import Binary, Call, Negation, Node, Number, Selector, constant, scalar
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/division-by-zero",
    level=Level.WARNING,
    title="a division whose divisor can be 0",
    why="0 / 0 is NaN, which is drawn as a gap at best; anything else by 0 is infinity, and above every limit.",
    on=Query,
)
#: What is no finite number.
_NAN, _HIGH, _LOW = "NaN", "+Inf", "-Inf"
#: Functions of values above 0 that give values below it.
_SIGNED = frozenset({"delta", "idelta", "deriv", "predict_linear", "ln", "log2", "log10", "sin", "cos", "tan"})


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Divisions by a vector that nothing keeps from being 0.

    A ratio that is compared at once is left alone where what 0 makes of it does not pass: of rates it is NaN, for
    which no comparison but `!=` holds; else it is infinity too, which is not below any limit.
    """
    if query.parsed is None:
        return
    guards = [side for comparison in conditions(query.parsed.root) if (side := _positive(comparison)) is not None]
    for division in query.parsed.binaries:
        divisor = division.right
        if division.op not in ("/", "%") or scalar(divisor) or _safe(divisor, context):
            continue
        if any(same(divisor, guard) for guard in guards) or _is_held_back(division):
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


def _is_held_back(division: Binary) -> bool:
    """Whether a comparison lets nothing pass of what a divisor of 0 makes, before anything else looks at it."""
    values = _made_by_zero(division)
    inner: Node = division
    for outer in division.ancestors():
        match outer:
            case Negation():
                values = _turned(values)
            case Binary() if outer.compares and not outer.bool_:
                return not any(_passes(value, outer, left=inner is outer.left) for value in values)
            case Binary(op="+"):
                pass
            case Binary(op="-"):
                values = values if inner is outer.left else _turned(values)
            case Binary(op="*" | "/", left=left, right=right):
                if inner is right and outer.op == "/" and values != {_NAN}:
                    return False  # a number by infinity is 0, which looks like any other
                values = _scaled(values, right if inner is left else left)
            case _:
                return False
        inner = outer
    return False


def _made_by_zero(division: Binary) -> frozenset[str]:
    """What a division may give where its divisor is 0."""
    if division.op == "%" or _rates(division.right):
        return frozenset({_NAN})
    return frozenset({_NAN, _HIGH, _LOW}) if _may_be_negative(division.left) else frozenset({_NAN, _HIGH})


def _turned(values: frozenset[str]) -> frozenset[str]:
    return frozenset({_HIGH: _LOW, _LOW: _HIGH}.get(value, value) for value in values)


def _scaled(values: frozenset[str], factor: Node) -> frozenset[str]:
    """Values multiplied or divided by a factor."""
    number = constant(factor)
    if number is not None:
        return _turned(values) if number < 0 else values
    return values | _turned(values) if _may_be_negative(factor) else values


def _may_be_negative(node: Node) -> bool:
    """Whether the form of an expression says that it may be below 0; what is exposed seldom is."""
    return any(
        isinstance(each, Negation)
        or (isinstance(each, Binary) and each.op == "-")
        or (isinstance(each, Number) and each.value < 0)
        or (isinstance(each, Call) and each.name in _SIGNED)
        for each in node.walk()
    )


def _passes(value: str, comparison: Binary, *, left: bool) -> bool:
    """Whether a comparison of a value with a finite one holds."""
    if comparison.op == "!=":
        return True
    above = comparison.op in (">", ">=") if left else comparison.op in ("<", "<=")
    below = comparison.op in ("<", "<=") if left else comparison.op in (">", ">=")
    return (value == _HIGH and above) or (value == _LOW and below)


def _rates(divisor: Node) -> bool:
    """Whether a divisor is made of rates: then what is divided by it is a part of it, and 0 where it is 0."""
    selectors = [each for each in divisor.walk() if isinstance(each, Selector)]
    taken = [each for each in divisor.walk() if isinstance(each, Call) and each.name in RATES]
    return bool(selectors) and len(taken) >= len(selectors)
