"""Events that somebody else counts already, taken over whenever an exporter's numbers are read.

A cache that keeps statistics of its own (`functools.lru_cache` is written in C, a hit of it takes 50 ns) would pay
several times over for being recorded too. Nobody timed those events: each counts with a time of 0 seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackgen.runtime.store import Store

#: The counts so far, by event; None when there is nobody left to ask.
Counts = Callable[[], Mapping[str, int] | None]


class Tally:
    """Takes over the events of one who counts them; what was counted before is left out."""

    def __init__(self, store: Store, cells_of: Callable[[str], Mapping[int, float]], counts: Counts) -> None:
        self._store = store
        self._cells_of = cells_of
        self._counts = counts
        self._cells: dict[str, Mapping[int, float]] = {}
        self.begin()
        for event in self._known:
            self._cells[event] = cells_of(event)
        store.tallies.append(self)

    def begin(self) -> None:
        """Count from now on: at first, in a new process, and after a reset."""
        self._lock = threading.Lock()
        self._known = dict(self._counts() or {})

    def close(self) -> None:
        """Take over what is left, and no more after it."""
        self.catch_up()
        self._leave()

    def _leave(self) -> None:
        if self in self._store.tallies:
            self._store.tallies.remove(self)

    def catch_up(self) -> None:
        """Record what was counted since the last time; where a count fell, all of them began again at 0."""
        # Who is kept out, a signal handler perhaps that interrupted the other, leaves the rest for the next time.
        if not self._lock.acquire(blocking=False):
            return
        try:
            counts = self._counts()
            if counts is None:
                self._leave()
                return
            known, self._known = self._known, dict(counts)
            if any(count < known[event] for event, count in counts.items()):
                known = dict.fromkeys(known, 0)
            cells = self._store.cells.lane()
            for event, count in counts.items():
                for slot, amount in self._cells[event].items():
                    cells[slot] += (count - known[event]) * amount
        finally:
            self._lock.release()
