"""Targets that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.exposed import UnreadTarget
from stackgen.findings import Finding, Level, Place

META = Meta(
    id="exposition/unreachable",
    level=Level.ERROR,
    title="a target cannot be read",
    why="Nothing is known of what it exposes, and Prometheus may have no more luck.",
    on=UnreadTarget,
)


def check(target: UnreadTarget, _context: Context) -> Iterator[Finding]:
    """Each such target."""
    problem, _, cure = target.problem.removeprefix(f"{target.target}: ").partition("; ")
    yield META.finding(Place(target.target), "", problem, cure)
