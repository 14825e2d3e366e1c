"""Panels without a title."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Panel
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/panel-title",
    level=Level.WARNING,
    title="a panel without a title",
    why="In a list of panels, an alert or a screenshot nobody knows what it shows.",
    on=Panel,
)


def check(panel: Panel, _context: Context) -> Iterator[Finding]:
    """Panels and rows without a title; texts speak for themselves."""
    if panel.type and not panel.is_reference and panel.type != "text" and not panel.title.strip():
        what = "row" if panel.type == "row" else "panel"
        yield panel.finding(META, f"a {what} without a title", "say what it shows", "title")
