"""YAML that does not parse, with keys that stand twice, or with what no plain data needs."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.reading import Unread
from stackgen.findings import Finding, Level

META = Meta(
    id="file/yaml",
    level=Level.ERROR,
    title="the file is not YAML",
    why="Prometheus refuses the whole file; a key that stands twice silently loses one of its values.",
    on=Unread,
)


def check(unread: Unread, _context: Context) -> Iterator[Finding]:
    """YAML that does not parse, with keys that stand twice, or with what no plain data needs."""
    if unread.what == META.id:
        yield META.finding(unread.place, "", unread.problem, unread.cure)
