"""JSON that does not parse."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.reading import Unread
from stackgen.findings import Finding, Level

META = Meta(
    id="file/json",
    level=Level.ERROR,
    title="the file is not JSON",
    why="Grafana leaves the dashboard out, with a line in its log.",
    on=Unread,
)


def check(unread: Unread, _context: Context) -> Iterator[Finding]:
    """JSON that does not parse."""
    if unread.what == META.id:
        yield META.finding(unread.place, "", unread.problem, unread.cure)
