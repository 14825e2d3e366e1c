"""Conditions that never hold."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.shapes import threshold
from stackgen.checks.query.values import Values
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/impossible",
    level=Level.ERROR,
    title="a condition that never holds",
    why="An alert on it never fires and a panel of it stays empty, and nobody notices either.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Comparisons, and conditions joined by `and`, that no value can fulfil, and selectors that no series can match."""
    yield from _selectors(query)
    values = Values(lambda name: context.knowledge.told(name) and context.knowledge.counter(name) is True)
    for node in query.parsed.binaries if query.parsed else ():
        if node.bool_ or not (node.compares or node.op == "and") or not values.of(node).empty:
            continue
        if any(values.of(side).empty for side in node.children):
            continue  # told there
        if (found := threshold(node) if node.compares else None) is not None:
            compared = values.of(found[0])
            cure = "put the number or the operator right"
            if compared.low == 1 and found[2] < 1:
                cure = "of no series there is no value, not 0: ask absent(...), or compare (... or vector(0))"
            yield query.finding(META, node, f"never holds: what is compared is {compared}", cure)
        else:
            yield query.finding(META, node, "never holds: no value fulfils both sides", "join them by `or`")


def _selectors(query: Query) -> Iterator[Finding]:
    """Selectors that want a label to have two values at once, or to have a value and not to have it."""
    for selector in query.parsed.selectors if query.parsed else ():
        wanted: dict[str, str] = {}
        for matcher in selector.matchers:
            if matcher.op == "=" and not matcher.templated:
                first = wanted.setdefault(matcher.label, matcher.value)
                if first != matcher.value:
                    problem = f"never matches: {matcher.label!r} cannot be {first!r} and {matcher.value!r} at once"
                    cure = f'write one of them, or {matcher.label}=~"{first}|{matcher.value}" for both'
                    yield query.finding(META, matcher.start, problem, cure)
        for matcher in selector.matchers:
            if matcher.op == "!=" and not matcher.templated and wanted.get(matcher.label) == matcher.value:
                problem = f"never matches: {matcher.label!r} cannot be {matcher.value!r} and not be it"
                yield query.finding(META, matcher.start, problem, "remove one of the two matchers")
