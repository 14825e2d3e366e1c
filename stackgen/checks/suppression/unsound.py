"""Suppressions that do not say what and why."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.suppressions import SHORTEST_REASON, Suppression
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="suppression/unsound",
    level=Level.WARNING,
    title="a suppression without a check, a reason or a proper date",
    why="Nobody can tell later whether it may go; it is not heeded.",
    on=Suppression,
)


def check(suppression: Suppression, _context: Context) -> Iterator[Finding]:
    """Comments that name no check, or one that there is not, give no reason, or end on no date."""
    from stackgen.checks.catalog import checks  # noqa: PLC0415 (the catalog imports this module)

    if not suppression.ids:
        yield META.finding(suppression.place, "", "names no check", "write ignore[promql/short-range] and a reason")
    for each in suppression.ids:
        if each not in checks():
            yield META.finding(suppression.place, "", f"there is no check {each!r}", nearest(each, checks()))
    if suppression.bad_date:
        problem = f"{suppression.bad_date!r} is no date"
        yield META.finding(suppression.place, "", problem, "write until 2027-01-31")
    elif not suppression.sound:
        said = (
            f"gives {suppression.reason!r} for a reason, which is too short"
            if suppression.reason
            else "gives no reason"
        )
        cure = f"say behind the bracket, in {SHORTEST_REASON} letters or more, why that is right here"
        yield META.finding(suppression.place, "", said, cure)
