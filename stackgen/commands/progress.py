"""How far a command has come, on a terminal; nothing where the output goes elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self, TextIO

#: Seconds between two updates: often enough to look alive, seldom enough to cost nothing.
_EVERY = 0.1


class Progress:
    """A line that changes in place and is gone at the end: `checking 64 of 5,120`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = stream.isatty()
        self._last = 0.0
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def __call__(self, what: str, done: int, of: int) -> None:
        """Show that `done` of `of` are done."""
        now = time.monotonic()
        if self._shown and now - self._last >= _EVERY:
            self._last = now
            self._clear()
            line = f"{what} {done:,} of {of:,}"
            self._width = len(line)
            self._stream.write(line)
            self._stream.flush()

    def note(self, text: str) -> None:
        """A line that stays."""
        self._clear()
        self._stream.write(f"{text}\n")

    def _clear(self) -> None:
        if self._shown and self._width:
            self._stream.write(f"\r{' ' * self._width}\r")
            self._stream.flush()
            self._width = 0
