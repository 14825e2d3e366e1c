"""Labels that the series do not have."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.macros import has_macro
from stackgen.checks.query.tree import Aggregation, Node, Selector
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/unknown-label",
    level=Level.ERROR,
    title="the series have no such label",
    why="A matcher on it selects nothing, and an aggregation by it makes one group of everything.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Labels of matchers, and those that aggregations keep."""
    if query.parsed is None:
        return
    for selector in query.parsed.selectors:
        yield from _matchers(query, selector, context)
    for aggregation in query.parsed.aggregations:
        yield from _kept(query, aggregation, context)


def _matchers(query: Query, selector: Selector, context: Context) -> Iterator[Finding]:
    # The selector's own matchers say nothing about what its series have.
    labels = context.labels(Selector(0, None, selector.name, (), None, 0, 0, "", 0.0, selector.templated))
    for matcher in selector.matchers:
        selects_absent = matcher.op in ("!=", "!~") or (matcher.op == "=" and not matcher.value)
        if matcher.label == "__name__" or has_macro(matcher.label) or selects_absent:
            continue
        if not labels.can_have(matcher.label):
            problem = f"{selector.name!r} has no label {matcher.label!r}, so the selector matches nothing"
            at = matcher.start or selector.start
            yield query.finding(META, at, problem, nearest(matcher.label, sorted(labels.sure)))


def _kept(query: Query, aggregation: Aggregation, context: Context) -> Iterator[Finding]:
    labels = context.labels(aggregation.of)
    for label in aggregation.by or ():
        if not labels.can_have(label) and label != "le" and not label.startswith("_"):
            problem = f"{aggregation.op} by {label!r}, which {_named(aggregation.of)} does not have"
            cure = nearest(label, sorted(labels.sure))
            yield query.finding(META, aggregation, problem, cure, level=Level.WARNING)


def _named(node: Node) -> str:
    names = sorted({each.name for each in node.walk() if isinstance(each, Selector) and each.name})
    return " with ".join(names) if names else "the expression"
