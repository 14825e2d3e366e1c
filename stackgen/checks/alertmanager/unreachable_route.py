"""Routes that no alert reaches."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.configurations import Alertmanager, Route
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="alertmanager/unreachable-route",
    level=Level.WARNING,
    title="a route that no alert reaches",
    why="A route above takes all its alerts and does not `continue`, so its receiver never hears of anything.",
    on=Alertmanager,
)


def check(config: Alertmanager, _context: Context) -> Iterator[Finding]:
    """Routes behind one without matchers, or with the same or fewer ones."""
    for parent in config.route.walk() if config.route else ():
        before: list[Route] = []
        for route in parent.routes:
            taker = next((each for each in before if set(each.matchers) <= set(route.matchers)), None)
            if taker is not None:
                problem = f"the route on line {taker.node.place.line} takes all that this one would"
                cure = "put the narrower route first, or set `continue: true` there"
                yield META.finding(route.node.place, route.path, problem, cure)
            if not route.goes_on:
                before.append(route)
