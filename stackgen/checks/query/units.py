"""The unit of an expression's values, as far as names and definitions tell it.

Units are those of the language (seconds, bytes, ratio, percent, per_second, count, ...) and, for series of others,
the ones that names end in: milliseconds, microseconds, ...
"""

from __future__ import annotations

from collections.abc import Callable

from stackgen.checks.query.tree import Aggregation, Binary, Call, Negation, Node, Selector, Subquery, constant

#: How the names of series tell their units (Prometheus, "Metric and label naming", and what others do).
_ENDINGS = {
    "seconds": "seconds", "milliseconds": "milliseconds", "millis": "milliseconds", "ms": "milliseconds",
    "msec": "milliseconds", "microseconds": "microseconds", "us": "microseconds", "usec": "microseconds",
    "nanoseconds": "nanoseconds", "ns": "nanoseconds", "bytes": "bytes", "ratio": "ratio", "percent": "percent",
    "percentage": "percent", "celsius": "celsius", "volts": "volts", "joules": "joules", "meters": "meters",
}  # fmt: skip
_SUFFIXES = ("_total", "_bucket", "_sum", "_count")

#: Seconds, in the units of time that are told apart.
TIMES = {"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9}
_PER_SECOND = {"bytes": "bytes_per_second", "seconds": "seconds_per_second", "count": "per_second"}
_SAME = frozenset({"sum", "avg", "min", "max", "topk", "bottomk", "quantile", "limitk"})
_SAME_CALLS = frozenset(
    {
        "abs", "ceil", "floor", "round", "clamp", "clamp_min", "clamp_max", "delta", "idelta", "max_over_time",
        "min_over_time", "avg_over_time", "sum_over_time", "last_over_time", "quantile_over_time", "predict_linear",
        "label_replace", "label_join", "sort", "sort_desc", "increase", "scalar", "vector", "first_over_time",
    }
)  # fmt: skip


def unit_of_name(name: str) -> str | None:
    """The unit that a series' name ends in, or None; of buckets that of their bounds."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            if suffix == "_count":
                return "count"
            unit = _ENDINGS.get(name.removesuffix(suffix).rsplit("_", 1)[-1])
            return "count" if unit is None and suffix == "_total" else unit
    return _ENDINGS.get(name.rsplit("_", 1)[-1]) if "_" in name else None


class Units:
    """The units of expressions; `of_selector` knows those of series, `of_bounds` those of buckets' bounds."""

    def __init__(
        self, of_selector: Callable[[Selector], str | None], of_bounds: Callable[[Selector], str | None]
    ) -> None:
        self._of_selector = of_selector
        self._of_bounds = of_bounds

    def of(self, node: Node) -> str | None:
        """The unit of an expression's values, or None where it cannot be told."""
        match node:
            case Selector():
                return self._of_selector(node)
            case Negation(of=of) | Subquery(of=of):
                return self.of(of)
            case Aggregation(op=op, of=of):
                return self.of(of) if op in _SAME else "count" if op in ("count", "group") else None
            case Call():
                return self._call(node)
            case Binary():
                return self._binary(node)
        return None

    def _call(self, node: Call) -> str | None:
        if node.name == "histogram_quantile":
            return self.bounds_of(node.arguments[-1])
        if node.name in ("rate", "irate", "deriv"):
            inner = self.of(node.arguments[0])
            return _PER_SECOND.get(inner or "")
        if node.name == "time":
            return "seconds"
        if node.name in _SAME_CALLS and node.arguments:
            vector = next((each for each in node.arguments if constant(each) is None), None)
            return self.of(vector) if vector is not None else None
        return None

    def bounds_of(self, node: Node) -> str | None:
        """The unit of the bounds of the buckets in an expression, whose own values are counts."""
        selectors = [each for each in node.walk() if isinstance(each, Selector)]
        return self._of_bounds(selectors[0]) if len(selectors) == 1 else None

    def _binary(self, node: Binary) -> str | None:
        left, right = self.of(node.left), self.of(node.right)
        if node.op in ("and", "unless", "or") or (node.compares and not node.bool_):
            return left
        factor = constant(node.right)
        if node.op in "*/" and factor is not None:
            return _scaled(left, factor if node.op == "*" else 1 / factor if factor else 0.0)
        if node.op == "*" and (factor := constant(node.left)) is not None:
            return _scaled(right, factor)
        if node.op == "/":
            factor, above = _without_factor(node.left)
            return _scaled(_quotient(self.of(above), right), factor)
        if node.op == "-" and constant(node.left) == 1:
            return right
        return left if node.op in "+-" and left == right else None


def _scaled(unit: str | None, factor: float) -> str | None:
    if factor == 1:
        return unit
    if unit == "ratio" and factor == 100:
        return "percent"
    if unit == "percent" and factor == 0.01:
        return "ratio"
    if unit in TIMES:
        return next((name for name, size in TIMES.items() if abs(TIMES[unit] / factor / size - 1) < 1e-9), None)
    return None


def _without_factor(node: Node) -> tuple[float, Node]:
    """A product as its number and the rest: `100 * a` in `100 * a / b` scales the quotient."""
    if isinstance(node, Binary) and node.op == "*":
        for factor, rest in ((constant(node.left), node.right), (constant(node.right), node.left)):
            if factor is not None:
                return factor, rest
    return 1.0, node


def _quotient(above: str | None, below: str | None) -> str | None:
    if above is None or below is None:
        return None
    if above == below:
        return "ratio"
    if (above, below) == ("seconds_per_second", "per_second") or below == "count":
        return {"seconds_per_second": "seconds"}.get(above, above)
    return None
