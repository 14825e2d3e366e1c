"""Dashboards without an address that lasts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackgen.checks.boards import Board
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/uid",
    level=Level.ERROR,
    title="no uid, or one that is taken",
    why="The uid is the dashboard's address: without one, each import gives a new one, and of two equal ones one wins.",
    on=Context,
)
_UID = re.compile(r"[a-zA-Z0-9_-]{1,40}")


def check(_context: Context, context: Context) -> Iterator[Finding]:
    """Missing, malformed and double uids."""
    seen: dict[str, Board] = {}
    for board in context.boards:
        path = (*board.prefix, "uid")
        if not board.uid:
            cure = "give it one that stays: letters, digits, - and _, at most 40"
            yield board.finding(META, path, "the dashboard has no uid", cure, level=Level.WARNING)
        elif not _UID.fullmatch(board.uid):
            yield board.finding(META, path, f"{board.uid!r} is no uid", "use letters, digits, - and _, at most 40")
        elif board.uid in seen:
            problem = f"{seen[board.uid].source.file} has the uid {board.uid!r} too"
            yield board.finding(META, path, problem, "give each dashboard its own")
        seen.setdefault(board.uid, board)
