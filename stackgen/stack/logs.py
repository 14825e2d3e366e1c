"""The logs of native processes: bounded, and quoted where one says why a process ended."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

#: A log that has grown past this many bytes becomes `<name>.log.1`, which replaces the one before it.
LIMIT = 5_000_000

#: The end of a log that is read for a line to quote, and how much is quoted of both ends of a long one: the first says
#: who speaks, the last why.
_TAIL = 65_536
_FIRST, _LAST = 120, 280

#: What a process says last that is about to end: Go's panics and fatal errors, then what programs log of an error.
_FATAL = (re.compile(r"^(panic|fatal error): |\blevel=fatal\b"), re.compile(r"\berr(or)?="))

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
    return _quoted(next(reversed(_tail(log, since)), ""))


def fatal_line(log: Path, since: int = 0) -> str:
    """The line, from byte `since` on, that says why a process has ended.

    That is the last one of a panic or fatal error, which a traceback follows, else of an error, else the last.
    """
    lines = _tail(log, since)
    for pattern in _FATAL:
        if found := [line for line in lines if pattern.search(line)]:
            return _quoted(found[-1])
    return _quoted(next(reversed(lines), ""))


def _tail(log: Path, since: int) -> list[str]:
    """The last lines that are not blank."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(since if since <= size else 0, size - _TAIL))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return [line.strip() for line in lines if line.strip()]


def _quoted(line: str) -> str:
    return line if len(line) <= _FIRST + _LAST else f"{line[:_FIRST]} … {line[-_LAST:]}"
