"""Bounds of buckets that a histogram does not have."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/bucket-edge",
    level=Level.ERROR,
    title="le is none of the histogram's bounds",
    why="There is no series for it, so an objective on latency is computed from nothing and looks perfect or broken.",
    on=Query,
)


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Matchers `le="..."` that name no bound as it is exposed."""
    for selector in query.parsed.selectors if query.parsed else ():
        known = context.knowledge.find(selector.name or "")
        matcher = selector.matcher("le")
        if known is None or not known.edges or matcher is None or matcher.op != "=" or matcher.templated:
            continue
        if matcher.value not in known.edges:
            at = matcher.start or selector.start
            problem = f"{selector.name!r} has no bucket {matcher.value!r}"
            yield query.finding(META, at, problem, _cure(matcher.value, known.buckets, known.edges))


def _cure(value: str, buckets: tuple[float, ...], edges: frozenset[str]) -> str:
    try:
        wanted = float(value)
    except ValueError:
        return f"take one of its bounds: {', '.join(sorted(edges))}"
    if wanted in buckets:  # right, and written in another way: 1 for 1.0
        exposed = next(edge for edge in edges if float(edge) == wanted)
        return f"write it as it is exposed: {exposed!r}"
    below = max((b for b in buckets if b < wanted), default=None)
    above = min((b for b in buckets if b > wanted), default=None)
    near = " or ".join(f"{each:g}" for each in (below, above) if each is not None)
    return f"the next bounds are {near}"
