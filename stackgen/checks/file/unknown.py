"""Files that are neither definition, rules, dashboard nor configuration, or not in a form that is read."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.reading import Unread
from stackgen.findings import Finding, Level

META = Meta(
    id="file/unknown",
    level=Level.WARNING,
    title="the file is nothing that stackgen checks",
    why="You asked for it to be checked, and it was not.",
    on=Unread,
)


def check(unread: Unread, _context: Context) -> Iterator[Finding]:
    """Files that were named and are nothing known; dashboards and rules in another form, in folders too."""
    if unread.what == META.id:
        yield META.finding(unread.place, "", unread.problem, unread.cure)
