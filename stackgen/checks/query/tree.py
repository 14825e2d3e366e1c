"""The tree of a PromQL expression; every node knows where it stands and what it is part of.

Parentheses leave no trace in it. Ranges and offsets are in seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})
SET_OPERATORS = frozenset({"and", "or", "unless"})


@dataclass(slots=True, eq=False)
class Node:
    """A part of an expression: `start` is the offset of its first telling character in the text."""

    start: int
    parent: Node | None

    @property
    def children(self) -> tuple[Node, ...]:
        """The parts of it, in the order of the text."""
        return ()

    def ancestors(self) -> Iterator[Node]:
        """What it is part of, from the inside out."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def walk(self) -> Iterator[Node]:
        """It and all its parts."""
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


@dataclass(frozen=True, slots=True)
class Matcher:
    """One `label op value` of a selector, and where: `start` to `end`, the operator and the value's quotes."""

    label: str
    op: str
    value: str
    start: int
    end: int
    op_start: int
    value_start: int

    @property
    def regex(self) -> bool:
        """Whether the value is a regular expression."""
        return self.op in ("=~", "!~")

    @property
    def templated(self) -> bool:
        """Whether a Grafana variable is in the value."""
        return "$" in self.value.rstrip("$") or "[[" in self.value


@dataclass(slots=True, eq=False)
class Selector(Node):
    """Series by name and labels; with a `range`, their samples over that time."""

    name: str | None
    matchers: tuple[Matcher, ...]
    #: Seconds; None where it is no range selector, or where a Grafana variable says how long.
    range: float | None
    #: Where the range stands, with its brackets, and its text.
    range_start: int
    range_end: int
    range_text: str
    offset: float
    #: Whether a Grafana variable is part of the name.
    templated: bool = False

    @property
    def is_range(self) -> bool:
        """Whether it is a range selector."""
        return self.range_end > 0

    def matcher(self, label: str) -> Matcher | None:
        """The first matcher on a label."""
        return next((each for each in self.matchers if each.label == label), None)


@dataclass(slots=True, eq=False)
class Call(Node):
    """A function and its arguments."""

    name: str
    arguments: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The arguments."""
        return self.arguments


@dataclass(slots=True, eq=False)
class Aggregation(Node):
    """An aggregation: by or without labels (neither: everything into one)."""

    op: str
    by: tuple[str, ...] | None
    without: tuple[str, ...] | None
    parameter: Node | None
    of: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The parameter, if there is one, and what is aggregated."""
        return (self.of,) if self.parameter is None else (self.parameter, self.of)


@dataclass(slots=True, eq=False)
class Binary(Node):
    """An operation on two sides; `on` and `ignoring` are None where the text does not say them."""

    op: str
    left: Node
    right: Node
    on: tuple[str, ...] | None
    ignoring: tuple[str, ...] | None
    #: `left` for group_left (many on the left), `right` for group_right, else empty.
    group: str
    include: tuple[str, ...]
    bool_: bool

    @property
    def children(self) -> tuple[Node, ...]:
        """Both sides."""
        return (self.left, self.right)

    @property
    def compares(self) -> bool:
        """Whether it is a comparison, which drops series that do not hold (unless it says `bool`)."""
        return self.op in COMPARISONS


@dataclass(slots=True, eq=False)
class Negation(Node):
    """A minus in front."""

    of: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """What is negated."""
        return (self.of,)


@dataclass(slots=True, eq=False)
class Subquery(Node):
    """An expression evaluated over a time, `[1h:5m]`."""

    of: Node
    #: Seconds; None where a Grafana variable may say how long.
    range: float | None
    offset: float

    @property
    def children(self) -> tuple[Node, ...]:
        """The expression."""
        return (self.of,)


@dataclass(slots=True, eq=False)
class Number(Node):
    """A number; `known` is False where a Grafana variable stands for it."""

    value: float
    known: bool = True


@dataclass(slots=True, eq=False)
class Text(Node):
    """A string."""

    value: str


def constant(node: Node) -> float | None:
    """The value of an expression of numbers alone, or None."""
    match node:
        case Number(value=value, known=True):
            return value
        case Negation(of=of):
            inner = constant(of)
            return None if inner is None else -inner
        case Binary(op=op, left=left, right=right):
            return _computed(op, constant(left), constant(right))
    return None


def _computed(op: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/" if right:
            return left / right
    return None


def scalar(node: Node) -> bool:
    """Whether an expression is one number without labels."""
    match node:
        case Number():
            return True
        case Call(name="scalar" | "time" | "pi"):
            return True
        case Negation(of=of):
            return scalar(of)
        case Binary(left=left, right=right):
            return scalar(left) and scalar(right)
    return False
