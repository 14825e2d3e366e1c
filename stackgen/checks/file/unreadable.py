"""Files that are missing, too large, or no UTF-8."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.reading import Unread
from stackgen.findings import Finding, Level

META = Meta(
    id="file/unreadable",
    level=Level.ERROR,
    title="the file cannot be read as text",
    why="What cannot be read is not checked, and most likely not read by Prometheus either.",
    on=Unread,
)


def check(unread: Unread, _context: Context) -> Iterator[Finding]:
    """Files that are missing, too large, or no UTF-8."""
    if unread.what == META.id:
        yield META.finding(unread.place, "", unread.problem, unread.cure)
