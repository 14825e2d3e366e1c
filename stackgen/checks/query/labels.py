"""Which labels the series of an expression have: those that they surely have, and those that they may have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    scalar,
)

#: Aggregations that pick series and leave their labels as they are.
PICKING = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})


@dataclass(frozen=True, slots=True)
class Labels:
    """`sure` labels are there; `maybe` are all that can be there, None for any but those in `gone`."""

    sure: frozenset[str] = frozenset()
    maybe: frozenset[str] | None = None
    gone: frozenset[str] = frozenset()

    def can_have(self, label: str) -> bool:
        """Whether a series may have the label."""
        return label not in self.gone if self.maybe is None else label in self.maybe

    def only(self, labels: tuple[str, ...]) -> Labels:
        """What is left of them by `by (...)` or `on (...)`."""
        kept = frozenset(label for label in labels if self.can_have(label))
        # Who names a label that nothing speaks against knows that it is there.
        sure = kept if self.maybe is None else kept & self.sure
        return Labels(sure, kept)

    def without(self, labels: tuple[str, ...]) -> Labels:
        """What is left of them by `without (...)` or `ignoring (...)`."""
        dropped = frozenset(labels)
        maybe = None if self.maybe is None else self.maybe - dropped
        return Labels(self.sure - dropped, maybe, self.gone | dropped)

    def with_(self, labels: tuple[str, ...]) -> Labels:
        """They and some more."""
        more = frozenset(labels)
        maybe = None if self.maybe is None else self.maybe | more
        return Labels(self.sure | more, maybe, self.gone - more)

    def or_(self, other: Labels) -> Labels:
        """Those of series that may be of either kind."""
        maybe = None if self.maybe is None or other.maybe is None else self.maybe | other.maybe
        return Labels(self.sure & other.sure, maybe, self.gone & other.gone)


NONE = Labels(frozenset(), frozenset())


class LabelSets:
    """The labels of expressions, each worked out once; `of_selector` knows those of series."""

    def __init__(self, of_selector: Callable[[Selector], Labels]) -> None:
        self._of_selector = of_selector
        self._known: dict[Node, Labels] = {}

    def of(self, node: Node) -> Labels:
        """The labels of an expression's series."""
        if node not in self._known:
            self._known[node] = self._worked_out(node)
        return self._known[node]

    def _worked_out(self, node: Node) -> Labels:
        match node:
            case Selector():
                return self._of_selector(node)
            case Number() | Text():
                return NONE
            case Negation(of=of) | Subquery(of=of):
                return self.of(of)
            case Aggregation():
                return self._aggregation(node)
            case Call():
                return self._call(node)
            case Binary():
                return self._binary(node)
        return Labels()

    def _aggregation(self, node: Aggregation) -> Labels:
        inner = self.of(node.of)
        if node.op in PICKING:
            return inner
        if node.by is not None:
            kept = inner.only(node.by)
        elif node.without is not None:
            kept = inner.without(node.without)
        else:
            kept = NONE
        if node.op == "count_values" and isinstance(node.parameter, Text):
            return kept.with_((node.parameter.value,))
        return kept

    def _call(self, node: Call) -> Labels:
        if scalar(node) or node.name in ("vector", "time") or not node.arguments:
            return NONE
        match node.name:
            case "absent" | "absent_over_time":
                inner = node.arguments[0]
                if not isinstance(inner, Selector):
                    return NONE
                equal = frozenset(m.label for m in inner.matchers if m.op == "=" and m.label != "__name__")
                return Labels(equal, equal)
            case "histogram_quantile":
                return self.of(node.arguments[-1]).without(("le",))
            case "label_replace" | "label_join" if len(node.arguments) > 1 and isinstance(node.arguments[1], Text):
                return self.of(node.arguments[0]).with_((node.arguments[1].value,))
            case "info":
                return Labels(self.of(node.arguments[0]).sure)
        vectors = [each for each in node.arguments if not isinstance(each, Text) and not scalar(each)]
        return self.of(vectors[0]) if vectors else NONE

    def _binary(self, node: Binary) -> Labels:
        left, right = self.of(node.left), self.of(node.right)
        if scalar(node.left) or scalar(node.right):
            return left if scalar(node.right) else right
        if node.op == "or":
            return left.or_(right)
        if node.op in SET_OPERATORS:
            return left
        if node.group:
            many = left if node.group == "left" else right
            return many.with_(node.include)
        if node.on is not None:
            return left.only(node.on)
        if node.ignoring is not None:
            return left.without(node.ignoring)
        return left
