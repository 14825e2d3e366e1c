"""Dashboards that ask more often than there is something new."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Board, text_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.definition.quantities import duration, prometheus_duration
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/refresh",
    level=Level.WARNING,
    title="refreshed more often than Prometheus scrapes",
    why="Every open browser asks all queries again for the same samples.",
    on=Board,
)


def check(board: Board, context: Context) -> Iterator[Finding]:
    """A refresh that is shorter than the scrape interval."""
    refresh = duration(text_of(board.data.get("refresh")))
    if refresh and context.scrape_interval and refresh < context.scrape_interval:
        interval = prometheus_duration(context.scrape_interval)
        problem = f"refreshed every {prometheus_duration(refresh)}, and scraped every {interval}"
        yield board.finding(META, (*board.prefix, "refresh"), problem, f"write {interval} or more")
