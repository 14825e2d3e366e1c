"""A plan as a unified diff, from what is there to what should be."""

from __future__ import annotations

import difflib
import io
import os
from collections.abc import Iterator
from pathlib import Path

from stackgen.output.plan import Change, Plan

_NO_NEWLINE = "\\ No newline at end of file\n"


def unified_diff(plan: Plan, root: Path) -> Iterator[str]:
    """Give the lines, each with its line end, of a diff that `git apply` and `patch -p1` accept in `root`."""
    for change in plan.changes:
        yield from _file_diff(change, root)


def _file_diff(change: Change, root: Path) -> Iterator[str]:
    name = Path(os.path.relpath(change.path, root)).as_posix()
    before = "/dev/null" if change.before is None else f"a/{name}"
    after = "/dev/null" if change.after is None else f"b/{name}"
    lines = list(difflib.unified_diff(_lines(change.before), _lines(change.after), fromfile=before, tofile=after))
    if not lines:  # an empty file that comes or goes, or bytes that are no text: the names at least
        yield f"--- {before}\n+++ {after}\n"
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}"


def _lines(content: bytes | None) -> list[str]:
    # Not splitlines(): it also splits at form feeds and Unicode separators, which are no line ends to a patch.
    return list(io.StringIO((content or b"").decode(errors="replace"), newline="\n"))
