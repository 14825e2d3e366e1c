"""The logs of native processes: bounded, and quoted where one says why a process ended."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

#: A log that has grown past this many bytes becomes `<name>.log.1`, which replaces the one before it.
LIMIT = 5_000_000

#: The end of a log that is read for its last line, and how much is quoted of both ends of a long one: the first says
#: who speaks, the last why.
_TAIL = 16_384
_FIRST, _LAST = 120, 280


def rotate(log: Path, limit: int = LIMIT) -> None:
    """Bound a log that a process goes on writing to; one that somebody removed is none of our business.

    The process keeps its file, opened for appending, so the content is copied away and the file emptied; a line
    written just in between may be lost.
    """
    try:
        if log.stat().st_size <= limit:
            return
    except FileNotFoundError:
        return
    try:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    finally:
        # Also when there was no space for the copy: this is what makes some.
        os.truncate(log, 0)


def last_line(log: Path, since: int = 0) -> str:
    """The last line that is not blank, from byte `since` on; empty if there is none."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(since if since <= size else 0, size - _TAIL))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    line = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return line if len(line) <= _FIRST + _LAST else f"{line[:_FIRST]} … {line[-_LAST:]}"
