"""Operations on two sides that never meet."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.labels import Labels
from stackgen.checks.query.tree import SET_OPERATORS, Binary, scalar
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/vector-matching",
    level=Level.ERROR,
    title="the two sides have different labels",
    why="Series meet where all their labels are equal; if one side has a label that the other lacks, nothing is left.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Sides whose label sets differ for certain, and `on` labels that a side does not have."""
    for binary in query.parsed.binaries if query.parsed else ():
        if binary.op == "or" or scalar(binary.left) or scalar(binary.right):
            continue
        left, right = context.labels(binary.left), context.labels(binary.right)
        yield from _on(query, binary, left, right)
        if binary.on is None:
            yield from _differing(query, binary, left, right)


def _on(query: Query, binary: Binary, left: Labels, right: Labels) -> Iterator[Finding]:
    for label in binary.on or ():
        lacking = [name for name, side in (("left", left), ("right", right)) if not side.can_have(label)]
        if lacking:
            problem = f"`on` names {label!r}, which the {' and the '.join(lacking)} side does not have"
            yield query.finding(META, binary, problem, "name labels that both sides have")


def _differing(query: Query, binary: Binary, left: Labels, right: Labels) -> Iterator[Finding]:
    if binary.ignoring is not None:
        left, right = left.without(binary.ignoring), right.without(binary.ignoring)
    only_left = sorted(label for label in left.sure if not right.can_have(label))
    only_right = sorted(label for label in right.sure if not left.can_have(label))
    if not only_left and not only_right:
        return
    parts = [
        f"only the {name} side has {', '.join(labels)}"
        for name, labels in (("left", only_left), ("right", only_right))
        if labels
    ]
    cure = "aggregate both sides by the same labels, or say on (...)"
    if binary.op not in SET_OPERATORS and bool(only_left) != bool(only_right):
        cure += f" group_{'left' if only_left else 'right'}"
    yield query.finding(META, binary, f"the sides of {binary.op} never meet: {' and '.join(parts)}", cure)
