"""Routes to receivers that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.configurations import Alertmanager
from stackgen.checks.context import Context
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="alertmanager/receivers",
    level=Level.ERROR,
    title="a route without a receiver that exists",
    why="Alertmanager does not start, or goes on with the old configuration.",
    on=Alertmanager,
)


def check(config: Alertmanager, _context: Context) -> Iterator[Finding]:
    """A tree without a root receiver, and names that no receiver has."""
    if config.route is None:
        yield META.finding(config.root.place, "route", "there is no routing tree", "add `route:` with a receiver")
        return
    if not config.route.receiver:
        yield META.finding(config.route.node.place, "route", "the root route has no receiver", "name one")
    for route in config.route.walk():
        if route.receiver and route.receiver not in config.receivers:
            place = (route.node.child("receiver") or route.node).place
            problem = f"there is no receiver {route.receiver!r}"
            yield META.finding(place, f"{route.path}.receiver", problem, nearest(route.receiver, config.receivers))
