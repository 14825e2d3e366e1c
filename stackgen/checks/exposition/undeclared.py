"""Metrics that are exposed and not declared."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.exposed import UndeclaredFamilies, shortened
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level, Place

META = Meta(
    id="exposition/undeclared",
    level=Level.WARNING,
    title="an exposed metric is not declared",
    why="No dashboard shows it and no alert looks at it, or it is a declared one under another name.",
    on=UndeclaredFamilies,
)


def check(found: UndeclaredFamilies, _context: Context) -> Iterator[Finding]:
    """Each metric whose name begins as the definition's do; of all others one hint."""
    for family in found.near:
        problem = f"{family.name!r} is exposed, a {family.type} that no definition declares"
        cure = f"declare it; {nearest(family.name, found.declared)}"
        yield META.finding(Place(found.target, max(family.line, 1)), family.name, problem, cure)
    if found.others:
        names = [each.name for each in found.others]
        count = "1 metric is" if len(names) == 1 else f"{len(names):,} metrics are"
        problem = f"{count} exposed that no definition declares: {shortened(names)}"
        cure = "name their definition too; `stackgen infer` writes one"
        yield META.finding(Place(found.target), "", problem, cure, level=Level.INFO)
