"""Between which numbers the values of an expression are, as far as its form tells it for certain.

A value that is NaN is nowhere between: no comparison but `!=` holds for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from stackgen.checks.query.shapes import RATES, measured, same, threshold
from stackgen.checks.query.tree import Aggregation, Binary, Call, Node, Selector, Subquery, constant


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from `low` to `high`; the ends belong to it unless it is open there."""

    low: float = -inf
    high: float = inf
    open_low: bool = False
    open_high: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is no number in it."""
        return self.low > self.high or (self.low == self.high and (self.open_low or self.open_high))

    def both(self, other: Span) -> Span:
        """The numbers that are in both."""
        low, open_low = max((self.low, self.open_low), (other.low, other.open_low))
        high, closed = min((self.high, not self.open_high), (other.high, not other.open_high))
        return Span(low, high, open_low, not closed)

    def either(self, other: Span) -> Span:
        """The numbers from the least to the greatest of both."""
        low, open_low = min((self.low, self.open_low), (other.low, other.open_low))
        high, closed = max((self.high, not self.open_high), (other.high, not other.open_high))
        return Span(low, high, open_low, not closed)

    def __str__(self) -> str:
        if self.low == self.high:
            return f"always {self.low:g}"
        least = f"{'above' if self.open_low else 'at least'} {self.low:g}" if self.low > -inf else ""
        most = f"{'below' if self.open_high else 'at most'} {self.high:g}" if self.high < inf else ""
        return " and ".join(each for each in (least, most) if each) or "any number"


ANY = Span()
_ONE, _SHARE, _COUNTED, _POSITIVE = Span(1, 1), Span(0, 1), Span(low=1), Span(low=0)

_BY_CALL = {
    **dict.fromkeys(("absent", "absent_over_time", "present_over_time"), _ONE),
    **dict.fromkeys((*RATES, "resets", "changes", "abs", "sqrt", "stddev_over_time", "stdvar_over_time"), _POSITIVE),
    "count_over_time": _COUNTED,
}
_BY_AGGREGATION = {
    **dict.fromkeys(("count", "count_values"), _COUNTED),
    **dict.fromkeys(("stddev", "stdvar"), _POSITIVE),
    "group": _ONE,
}
#: Functions and aggregations that give no number beyond those that they are given.
_WITHIN = frozenset({"avg", "min", "max", "topk", "bottomk", "limitk", "limit_ratio"})
_CALLS_WITHIN = frozenset(
    {
        "avg_over_time", "min_over_time", "max_over_time", "last_over_time", "first_over_time", "sort", "sort_desc",
        "sort_by_label", "sort_by_label_desc", "label_replace", "label_join", "scalar",
    }
)  # fmt: skip

_LIMITS: dict[str, Callable[[float], Span]] = {
    ">": lambda limit: Span(low=limit, open_low=True),
    ">=": lambda limit: Span(low=limit),
    "<": lambda limit: Span(high=limit, open_high=True),
    "<=": lambda limit: Span(high=limit),
    "==": lambda limit: Span(limit, limit),
}


class Values:
    """The spans of expressions; `is_counter` tells whether the series of a name are known to only grow."""

    def __init__(self, is_counter: Callable[[str], bool]) -> None:
        self._is_counter = is_counter
        self._known: dict[Node, Span] = {}

    def of(self, node: Node) -> Span:
        """The span of an expression's values; an empty one, where there is none for certain."""
        if node not in self._known:
            self._known[node] = self._worked_out(node)
        return self._known[node]

    def _worked_out(self, node: Node) -> Span:
        number = constant(node)
        if number is not None:
            return Span(number, number)
        match node:
            case Selector(name=str(name)) if not node.templated:
                return _SHARE if name == "up" else _POSITIVE if self._is_counter(name) else ANY
            case Subquery(of=of):
                return self.of(of)
            case Aggregation(op=op, of=of):
                return _BY_AGGREGATION.get(op) or (
                    self.of(of) if op in _WITHIN else self._sum(of) if op == "sum" else ANY
                )
            case Call(name=name, arguments=arguments):
                if arguments and (name in _CALLS_WITHIN or name == "sum_over_time"):
                    return self.of(arguments[0]) if name in _CALLS_WITHIN else self._sum(arguments[0])
                return _BY_CALL.get(name, ANY)
            case Binary():
                return self._binary(node)
        return ANY

    def _sum(self, of: Node) -> Span:
        """The span of a sum of one or more values: it is no less than each, where none is below 0."""
        each = self.of(of)
        if each.low >= 0:
            return Span(low=each.low, open_low=each.open_low)
        return Span(high=each.high, open_high=each.open_high) if each.high <= 0 else ANY

    def _binary(self, node: Binary) -> Span:
        if node.bool_:
            return _SHARE
        if node.compares:
            found = threshold(node)
            if found is None:
                return self.of(node.left)
            side, op, limit = found
            return self.of(side).both(_LIMITS[op](limit)) if op in _LIMITS else self.of(side)
        left, right = self.of(node.left), self.of(node.right)
        if node.op == "and" and node.on is None and node.ignoring is None:
            return left.both(right) if same(measured(node.left), measured(node.right)) else left
        if node.op in ("and", "unless"):
            return left
        if node.op == "or":
            return left.either(right)
        return _POSITIVE if node.op in "+*/" and left.low >= 0 and right.low >= 0 else ANY
