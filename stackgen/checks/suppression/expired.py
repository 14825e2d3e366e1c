"""Suppressions whose day is over."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.suppressions import Suppression
from stackgen.findings import Finding, Level

META = Meta(
    id="suppression/expired",
    level=Level.WARNING,
    title="a suppression whose day is over",
    why="Somebody promised to have put it right by then; what it left out is told again.",
    on=Suppression,
)


def check(suppression: Suppression, context: Context) -> Iterator[Finding]:
    """Comments with a date before today."""
    if suppression.sound and suppression.expired(context.today):
        problem = f"was to hold until {suppression.until}"
        yield META.finding(suppression.place, "", problem, "put right what it is about, or set another date")
