"""Where counts live: one row of cells per thread, so that recording takes no lock and loses nothing.

A cell is a number in a plain list, at a slot that every thread's list shares. Only the thread that owns a list writes
to it; a scrape adds the lists up. Why that is exact:

- **Threads.** No cell has two writers, so no update can be lost, with the GIL or without it (free-threaded builds).
- **Signal handlers and finalizers** run on a thread that may be recording. CPython runs them where a call returns,
  a loop jumps back or a function begins; between reading and writing a cell there is none of these, so a handler that
  records comes before or after an update, never inside. As nothing here waits for a lock, nothing can deadlock.
- **asyncio** switches at `await`, and recording has none.
- **Short threads.** When a thread ends its list is kept and the next new thread goes on counting in it. Nothing is
  moved, so nothing can be lost or counted twice, and there are never more lists than threads at the same time.
- **gevent and eventlet** replace `threading.local` by a greenlet's own. The real one is used here: greenlets of one
  thread share its list (they switch at calls only), so lists stay as few as threads.
- **fork.** The child drops all lists and starts from zero: what its parent counted, its parent exposes.
"""

from __future__ import annotations

import sys
from _thread import _local
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from itertools import repeat
from operator import add
from typing import Any


def _native_local() -> Any:
    """The interpreter's own thread-local class, also after gevent or eventlet have put theirs in its place."""
    if gevent := sys.modules.get("gevent.monkey"):
        return gevent.get_original("_thread", "_local")
    if eventlet := sys.modules.get("eventlet.patcher"):
        return vars(eventlet.original("_thread"))["_local"]
    return _local


class Lease:
    """A thread's hold on its cells; when the thread ends it dies with the thread's locals and hands them on."""

    __slots__ = ("cells", "idle")

    def __init__(self, idle: deque[list[float]], cells: list[float]) -> None:
        self.idle = idle
        self.cells = cells

    def __del__(self) -> None:
        self.idle.append(self.cells)


class Cells:
    """The cells of one store, for all threads of this process."""

    def __init__(self) -> None:
        #: `local.cells` is the calling thread's list, once `lane` has been called in it.
        self.local: Any = _native_local()()
        #: The number of slots that are taken; a list may be shorter until its thread comes across a newer slot.
        self.size = 0
        #: Slots that are given numbers by the application. They begin as 0.0, to which nothing but real numbers can be
        #: added (0 would take a Decimal, and then no float any more); the others count, and stay integers. In order.
        self.floats: list[int] = []
        self._lanes: dict[int, list[float]] = {}
        self._idle: deque[list[float]] = deque()

    def lane(self) -> list[float]:
        """The calling thread's cells, with room for every slot that is taken now.

        They are taken away from the thread until they are ready. A handler that interrupts this finds none, so it never
        counts in cells that are about to be set to zero; it gets others, which are handed on as if its thread had
        ended, counts included.
        """
        held = self.local.__dict__
        lease: Lease | None = held.pop("lease", None)
        held.pop("cells", None)
        if lease is None:
            lease = Lease(self._idle, self._idle_cells())
        cells = lease.cells
        known, size = len(cells), self.size
        new: list[float] = [0] * (size - known)
        for slot in self.floats[bisect_left(self.floats, known) : bisect_left(self.floats, size)]:
            new[slot - known] = 0.0
        cells += new
        # At once: between the two, a handler could be given the one and lose the other.
        held.update(cells=cells, lease=lease)
        return cells

    def _idle_cells(self) -> list[float]:
        """The cells of a thread that has ended, or new ones."""
        try:
            return self._idle.pop()
        except IndexError:
            cells: list[float] = []
            self._lanes[id(cells)] = cells
            return cells

    def reserve(self, width: int, number: int) -> int:
        """The first of `width` new slots; that many after it is the one that is given numbers by the application."""
        while True:
            first = self.size
            end = first + width
            insort(self.floats, first + number)
            # Nothing is called between these two lines, so no handler can take the same slots; one that came before
            # them has, and leaves others.
            if self.size == first:
                self.size = end
                return first
            self.floats.remove(first + number)

    def declare(self, rows: Iterable[tuple[str, tuple[str, ...], int]]) -> None:
        """Called for new series before anything is recorded to them; nobody else reads these cells."""

    def totals(self) -> list[float]:
        """The sum of every slot over all threads.

        Lists are always added in the same order, so that a sum of floats whose parts only grow never shrinks.
        """
        size = self.size
        total: list[float] | None = None
        for lane in self._lanes.copy().values():
            part = lane[:size]
            part.extend(repeat(0, size - len(part)))
            total = part if total is None else list(map(add, total, part))
        return [0] * size if total is None else total

    def total(self, slot: int) -> float:
        """The sum of one slot over all threads."""
        return sum(lane[slot] for lane in self._lanes.copy().values() if len(lane) > slot)

    def clear_slot(self, slot: int) -> None:
        """Set one slot to zero, where what other threads add to it at the same moment does not matter."""
        for lane in self._lanes.copy().values():
            if len(lane) > slot:
                lane[slot] = 0.0

    def clear(self) -> None:
        """Set every cell to zero. For tests: what other threads record at the same moment may survive or not."""
        for lane in self._lanes.copy().values():
            for index, cell in enumerate(lane):
                lane[index] = type(cell)()

    def after_fork(self) -> None:
        """Forget everything; the threads that counted it live on in the parent."""
        self._lanes = {}
        self._idle = deque()
        self.local.__dict__.clear()
