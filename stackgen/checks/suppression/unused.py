"""Suppressions that leave nothing out."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.suppressions import Suppression
from stackgen.findings import Finding, Level

META = Meta(
    id="suppression/unused",
    level=Level.INFO,
    title="a suppression that leaves nothing out",
    why="The next mistake of this kind in this place would be left out without anybody having decided so.",
    on=Suppression,
)

#: What `stackgen verify` finds, which this run does not ask for.
_OF_RUNNING = "exposition/"


def check(suppression: Suppression, context: Context) -> Iterator[Finding]:
    """Ids in sound comments that no finding had; of checks that the run does not ask nobody can know."""
    if not suppression.sound or suppression.expired(context.today):
        return
    from stackgen.checks.catalog import checks  # noqa: PLC0415 (the catalog imports this module)

    if any(each not in checks() for each in suppression.ids):
        return
    for each in suppression.ids:
        if suppression.elsewhere and not each.startswith("definition/"):
            continue  # what is generated is not looked at
        if each in context.asked and each not in suppression.used and not each.startswith(_OF_RUNNING):
            yield META.finding(suppression.place, "", f"there is no {each} to ignore here", "remove it")
