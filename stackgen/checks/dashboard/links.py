"""Links to dashboards that are not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackgen.checks.boards import Board, list_of, object_of, text_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.json_places import Path
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/links",
    level=Level.WARNING,
    title="a link to a dashboard that is not there",
    why="It ends on `Dashboard not found`, or in an empty list.",
    on=Board,
)
_DASHBOARD = re.compile(r"(?:^|/)d/([\w-]+)")


def check(board: Board, context: Context) -> Iterator[Finding]:
    """Links by uid and by tag to what none of the checked dashboards is, where several are checked together."""
    uids, tags = context.dashboard_uids, context.dashboard_tags
    for path, link in _links(board):
        url = text_of(link.get("url"))
        if (found := _DASHBOARD.search(url)) and url.startswith(("/d/", "d/")) and found[1] not in uids:
            yield board.finding(META, (*path, "url"), f"no dashboard has the uid {found[1]!r}", "check the link")
        if text_of(link.get("type")) == "dashboards":
            missing = [tag for each in list_of(link.get("tags")) if (tag := text_of(each)) and tag not in tags]
            if missing:
                problem = f"no dashboard has the tag {missing[0]!r}"
                yield board.finding(META, (*path, "tags"), problem, "tag the dashboards that are meant")


def _links(board: Board) -> Iterator[tuple[Path, dict[str, object]]]:
    for index, link in enumerate(list_of(board.data.get("links"))):
        yield (*board.prefix, "links", index), dict(object_of(link))
    for panel in board.panels:
        for index, link in enumerate(list_of(panel.data.get("links"))):
            yield (*panel.path, "links", index), dict(object_of(link))
        for index, link in enumerate(list_of(panel.defaults.get("links"))):
            yield (*panel.path, "fieldConfig", "defaults", "links", index), dict(object_of(link))
