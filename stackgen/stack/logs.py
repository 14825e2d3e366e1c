"""The logs of native processes: bounded, and quoted where one says why a process ended."""

from __future__ import annotations

import os
import shutil
import time
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

#: A log that has grown past this many bytes becomes `<name>.log.1`, which replaces the one before it.
LIMIT = 5_000_000

#: The end of a log that is read for its last line, and how much is quoted of both ends of a long one: the first says
#: who speaks, the last why.
_TAIL = 16_384
_FIRST, _LAST = 120, 280

#: Seconds between two looks at logs that are followed.
_FOLLOW = 0.3


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


def read_logs(logs: Mapping[str, Path], *, follow: bool, lines: int) -> Iterator[str]:
    """The last lines of each log, and with `follow` what is added from then on.

    With several logs each line has its service's name before it. A log that was rotated is read on from its start.
    """
    width = max((len(name) for name in logs), default=0)
    ends: dict[str, int] = {}
    for name, log in logs.items():
        said, ends[name] = _from(log, 0)
        yield from (_labelled(name, width, line, len(logs)) for line in deque(said, maxlen=lines))
    while follow:
        time.sleep(_FOLLOW)
        for name, log in logs.items():
            said, ends[name] = _from(log, ends[name])
            yield from (_labelled(name, width, line, len(logs)) for line in said)


def _labelled(name: str, width: int, line: str, logs: int) -> str:
    return line if logs == 1 else f"{name.ljust(width)} | {line}"


def _from(log: Path, start: int) -> tuple[list[str], int]:
    """The whole lines of a log from a byte on, and where they end."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = start if start <= size else 0
            file.seek(start)
            content = file.read()
    except FileNotFoundError:
        return [], 0
    whole = content[: content.rfind(b"\n") + 1]
    return whole.decode(errors="replace").splitlines(), start + len(whole)


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
