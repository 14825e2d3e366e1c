"""Metrics that nothing exposes."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.tree import Binary, Call, Node, Selector
from stackgen.definition.words import close_to
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/unknown-metric",
    level=Level.ERROR,
    title="nothing exposes the metric",
    why="An alert on series that do not exist never fires, and a panel stays empty; nobody notices either.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Names that are neither exposed, nor recorded, nor Prometheus's own.

    What is asked for with `absent()` is meant not to be there. A side of an `or` may be: another name of a metric in
    another version, a counter that is not there before the first event. It is told as info, where the other side is
    not known to be there.
    """
    seen: set[str] = set()
    for selector in query.parsed.selectors if query.parsed else ():
        name = selector.name
        if name is None or selector.templated or name in seen or name in context.recorded:
            continue
        if context.knowledge.exists(name) is False and not _asked_absent(selector):
            alternatives = list(_alternatives(selector))
            if any(_is_there(each, context) for each in alternatives):
                continue
            seen.add(name)
            level = Level.INFO if alternatives else None
            yield query.finding(META, selector, f"nothing exposes {name!r}", _cure(name, context), level=level)


def _cure(name: str, context: Context) -> str:
    # The commonest slip: the definition says `hits`, the exposition `hits_total`.
    for suffix in ("_total", "_bucket", "_count"):
        if context.knowledge.find(name + suffix):
            return f"did you mean {name + suffix!r}?"
    known = [each for each in context.knowledge.series if not each.endswith("_created")] + [*context.recorded]
    close = close_to(name, known)
    return f"did you mean {close!r}?" if close else "write the name of a metric that is there, or expose this one"


def _asked_absent(selector: Selector) -> bool:
    """Whether an expression asks whether a selector has no series."""
    return any(
        isinstance(outer, Call) and outer.name in ("absent", "absent_over_time") for outer in selector.ancestors()
    )


def _alternatives(selector: Selector) -> Iterator[Node]:
    """The other sides of each `or` that a selector stands on a side of."""
    inner: Node = selector
    for outer in selector.ancestors():
        if isinstance(outer, Binary) and outer.op == "or":
            yield outer.right if inner is outer.left else outer.left
        inner = outer


def _is_there(node: Node, context: Context) -> bool:
    """Whether all metrics of an expression are known to be there; `vector(0)` has none, and says nothing."""
    names = [each.name for each in node.walk() if isinstance(each, Selector)]
    return bool(names) and all(
        name is not None and (name in context.recorded or context.knowledge.exists(name) is True) for name in names
    )
