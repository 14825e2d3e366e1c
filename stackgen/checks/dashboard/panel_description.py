"""Panels without a description."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Panel, text_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/panel-description",
    level=Level.INFO,
    title="a panel without a description",
    why="What is counted, and what is left out, only the author knows.",
    on=Panel,
)


def check(panel: Panel, _context: Context) -> Iterator[Finding]:
    """Panels that show data and do not say what it means."""
    if panel.shows_data and panel.type and not text_of(panel.data.get("description")).strip():
        yield panel.finding(META, f"{panel.shown} has no description", "say what the numbers mean", "description")
