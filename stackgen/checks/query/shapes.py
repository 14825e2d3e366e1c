"""Shapes of expressions that several checks ask for."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.query.tree import (
    SET_OPERATORS,
    Aggregation,
    Binary,
    Call,
    Negation,
    Node,
    Number,
    Selector,
    Subquery,
    Text,
    constant,
)

#: Functions that make a rate or an amount of a counter.
RATES = frozenset({"rate", "irate", "increase"})


def taken_by(node: Node) -> Call | None:
    """The function that takes a selector or a subquery as its argument, whatever stands between."""
    for ancestor in node.ancestors():
        if isinstance(ancestor, Call):
            return ancestor
        if not isinstance(ancestor, Subquery):
            return None
    return None


def restarts_excluded(selector: Selector) -> bool:
    """Whether a counter is looked at only where it was not reset: `... and resets(counter[5m]) == 0`."""
    inner: Node = selector
    for outer in selector.ancestors():
        if isinstance(outer, Binary) and outer.op == "and" and inner is outer.left:
            for condition in conditions(outer.right):
                left = condition.left
                if condition.op == "==" and constant(condition.right) == 0 and isinstance(left, Call):
                    counted = next((each for each in left.walk() if isinstance(each, Selector)), None)
                    if left.name == "resets" and counted is not None and counted.name == selector.name:
                        return True
        inner = outer
    return False


def conditions(root: Node) -> Iterator[Binary]:
    """The comparisons that decide whether an expression has series at all: not those inside of sums and functions."""
    match root:
        case Binary(op=op, left=left, right=right) if op in SET_OPERATORS:
            yield from conditions(left)
            if op != "unless":
                yield from conditions(right)
        case Binary() if root.compares and not root.bool_:
            yield root
            yield from conditions(root.left)
        case Aggregation(of=of):
            yield from conditions(of)
        case Negation(of=of):
            yield from conditions(of)


def threshold(comparison: Binary) -> tuple[Node, str, float] | None:
    """What a comparison compares with a number: the other side, the operator read from it, and the number."""
    if (right := constant(comparison.right)) is not None:
        return comparison.left, comparison.op, right
    if (left := constant(comparison.left)) is not None:
        turned = {">": "<", "<": ">", ">=": "<=", "<=": ">="}.get(comparison.op, comparison.op)
        return comparison.right, turned, left
    return None


def known_nonzero(node: Node) -> bool:
    """Whether the form of an expression keeps its values from being 0: compared, clamped, counted."""
    match node:
        case Binary(op=op, right=right) if node.compares and not node.bool_:
            limit = constant(right)
            return limit is not None and ((op in (">", "!=") and limit >= 0) or (op in (">=", "==") and limit > 0))
        case Binary(op="and", left=left):
            return known_nonzero(left) or any(
                same(left, _compared(c)) and known_nonzero(c) for c in conditions(node.right)
            )
        case Binary(op="or", left=left, right=right):
            return known_nonzero(left) and known_nonzero(right)
        case Binary(op="*" | "/", left=left, right=right):
            return known_nonzero(left) and known_nonzero(right)
        case Call(name="clamp_min", arguments=(_, least)):
            limit = constant(least)
            return limit is not None and limit > 0
        case Call(name="count_over_time" | "time" | "present_over_time" | "vector" | "pi" | "timestamp"):
            return not node.arguments or constant(node.arguments[0]) != 0
        case Call(name="scalar" | "abs" | "label_replace" | "label_join", arguments=arguments):
            return known_nonzero(arguments[0])
        case Aggregation(op="count" | "group"):
            return True
        case Aggregation(op="sum" | "max" | "min" | "avg", of=of):
            return known_nonzero(of)
        case Number():
            return node.value != 0 or not node.known
    value = constant(node)
    return value is not None and value != 0


#: Operators of which a part gives no more than its whole, as long as no value is below 0.
_ADDING = frozenset({"sum", "count"})


def is_part_of_whole(division: Binary) -> bool:
    """Whether a division is of some series by all of them, at the same time: its value is between 0 and 1 for sure."""
    part, whole = division.left, division.right
    if division.group == "right" or not (_adds(part) and _adds(whole)) or _calls(part) != _calls(whole):
        return False
    if _aggregations(whole) != _aggregations(part) and _aggregations(part) != []:
        return False
    parts, wholes = _selectors(part), _selectors(whole)
    return bool(parts) and len(parts) == len(wholes) and all(any(_is_in(one, all_) for all_ in wholes) for one in parts)


def _adds(node: Node) -> bool:
    """Whether an expression is made of nothing but series, functions of them, and sums."""
    return all(
        not isinstance(each, Aggregation | Binary | Negation)
        or (isinstance(each, Aggregation) and each.op in _ADDING)
        or (isinstance(each, Binary) and (each.op == "+" or (each.compares and not each.bool_)))
        for each in node.walk()
    )


def _calls(node: Node) -> frozenset[str]:
    return frozenset(each.name for each in node.walk() if isinstance(each, Call))


def _aggregations(node: Node) -> list[str]:
    return [each.op for each in node.walk() if isinstance(each, Aggregation)]


def _selectors(node: Node) -> list[Selector]:
    return [each for each in node.walk() if isinstance(each, Selector)]


def _is_in(part: Selector, whole: Selector) -> bool:
    """Whether all samples of a selector are another one's too."""
    asked = {(m.label, m.op, m.value) for m in whole.matchers}
    same_time = (part.range_text, part.offset) == (whole.range_text, whole.offset)
    return part.name == whole.name and same_time and asked <= {(m.label, m.op, m.value) for m in part.matchers}


def is_difference(selector: Selector) -> bool:
    """Whether a selector stands in a difference or a comparison of series with what they were before."""
    inner: Node = selector
    for outer in selector.ancestors():
        if isinstance(outer, Binary):
            sides = [canonical(side, offsets=False) for side in (outer.left, outer.right)]
            return (outer.op == "-" or outer.compares) and sides[0] == sides[1] and not same(outer.left, outer.right)
        if not (isinstance(outer, Aggregation) and outer.op == "sum" and inner is outer.of):
            return False
        inner = outer
    return False


def _compared(comparison: Binary) -> Node:
    found = threshold(comparison)
    return found[0] if found else comparison


def same(one: Node, other: Node) -> bool:
    """Whether two expressions say the same."""
    return canonical(one) == canonical(other)


def canonical(
    node: Node, *, windows: bool = True, matchers: bool = True, groups: bool = True, offsets: bool = True
) -> str:
    """An expression in one way of writing, without windows, variables' matchers and groups where they do not matter."""

    def write(each: Node) -> str:
        return canonical(each, windows=windows, matchers=matchers, groups=groups, offsets=offsets)

    match node:
        case Selector():
            kept = (m for m in node.matchers if matchers or not m.templated)
            inside = ",".join(sorted(f"{m.label}{m.op}{m.value!r}" for m in kept))
            window = f"[{node.range_text}]" if windows and node.is_range else ""
            return f"{node.name}{{{inside}}}{window}@{node.offset if offsets else 0:g}"
        case Call():
            return f"{node.name}({','.join(map(write, node.arguments))})"
        case Aggregation():
            labels = f" by{sorted(node.by or ())}-{sorted(node.without or ())}" if groups else ""
            how = "" if node.by is None and node.without is None else labels
            parameter = f"{write(node.parameter)}," if node.parameter is not None else ""
            return f"{node.op}{how}({parameter}{write(node.of)})"
        case Binary():
            return (
                f"({write(node.left)} {node.op} {node.on}{node.ignoring}{node.group}{node.bool_} {write(node.right)})"
            )
        case Negation(of=of):
            return f"-{write(of)}"
        case Subquery(of=of, range=range_):
            return f"{write(of)}[{range_ if windows else ''}:]"
        case Number(value=value):
            return f"{value:g}"
        case Text(value=value):
            return repr(value)
    return type(node).__name__


def measured(root: Node) -> Node:
    """What an expression measures: the left side of its conditions, without guards behind `and`."""
    match root:
        case Binary(op="and" | "unless", left=left):
            return measured(left)
        case Binary() if root.compares and not root.bool_ and (found := threshold(root)) is not None:
            return measured(found[0])
    return root
