"""Generated files that are not what their definition says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level, Place
from stackgen.output import Change, Plan

META = Meta(
    id="generated/drift",
    level=Level.ERROR,
    title="a generated file is out of step with its definition",
    why="What runs is not what the definition says; the next `stackgen generate` changes it when nobody expects it.",
    on=Plan,
)
_GENERATE = "run `stackgen generate`"


def check(plan: Plan, context: Context) -> Iterator[Finding]:
    """Files that are missing, that differ (from which line on), and that nothing generates any more."""
    edited = {conflict.path: conflict.reason for conflict in plan.conflicts}
    for change in plan.changes:
        file = Path(os.path.relpath(change.path, context.root)).as_posix()
        if change.record:
            continue
        reason = edited.get(change.path)
        cure = f"it {reason}; change the definition instead, or generate with --force" if reason else _GENERATE
        yield META.finding(Place(file, _line(change)), "", _problem(change), cure)


def _problem(change: Change) -> str:
    if change.before is None:
        return "is missing"
    if change.after is None:
        return "is not generated any more"
    return "differs from what its definition says"


def _line(change: Change) -> int:
    """The first line that differs."""
    before = (change.before or b"").splitlines()
    after = (change.after or b"").splitlines()
    pairs = zip(before, after, strict=False)
    same = next((index for index, (one, other) in enumerate(pairs) if one != other), min(len(before), len(after)))
    return same + 1 if change.before and change.after else 1
