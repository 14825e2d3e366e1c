"""Metrics that nothing exposes."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/unknown-metric",
    level=Level.ERROR,
    title="nothing exposes the metric",
    why="An alert on series that do not exist never fires, and a panel stays empty; nobody notices either.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Names that are neither exposed, nor recorded, nor Prometheus's own."""
    seen: set[str] = set()
    for selector in query.parsed.selectors if query.parsed else ():
        name = selector.name
        if name is None or selector.templated or name in seen or name in context.recorded:
            continue
        seen.add(name)
        if context.knowledge.exists(name) is False:
            known = [each for each in context.knowledge.series if not each.endswith("_created")] + [*context.recorded]
            # The commonest slip: the definition says `hits`, the exposition `hits_total`.
            suffixed = next(
                (name + s for s in ("_total", "_bucket", "_count") if context.knowledge.find(name + s)), None
            )
            cure = f"did you mean {suffixed!r}?" if suffixed else nearest(name, known)
            yield query.finding(META, selector, f"nothing exposes {name!r}", cure)
