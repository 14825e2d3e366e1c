"""What other processes have recorded: their files as numbers at our slots, and the sums of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat, zip_longest
from math import fsum, inf, nextafter
from typing import NamedTuple, Protocol

from stackgen.runtime.sharedfile import FOLDED, OWN, TABLE, Reader, Row, SharedFileError, rows, tokens
from stackgen.runtime.spec import Combine


class Layout(Protocol):
    """What the cells have to know of the series that they are for."""

    def offset(self, key: str, values: tuple[str, ...]) -> int:
        """The first slot of a series, made if it is new; raises KeyError or ValueError for one that cannot be."""

    def width(self, key: str) -> int:
        """How many slots a series of this metric has."""

    def rows(self) -> Iterable[Row]:
        """Every series and its first slot."""

    def gauge_slots(self) -> Iterable[tuple[int, str]]:
        """The first slot of every gauge, and how its processes' values combine."""

    def folded_slot(self) -> int:
        """The slot in which the base file counts the processes that were folded into it."""


class Held(NamedTuple):
    """The value that one process has for a gauge."""

    time: float
    value: float


class Seen(NamedTuple):
    """What one process has recorded, by the slots of the one who reads it."""

    alive: bool
    #: Of each of its threads.
    lanes: list[list[float]]
    #: Gauges' own values: at the slot + 1 the value, + 2 whether there is one, + 3 when it was given or withdrawn.
    own: list[float]

    def gauge(self, slot: int) -> Held | None:
        """The value that the process has for the gauge at this slot; threads' cells hold what was added to it."""
        if len(self.own) < slot + 4 or not self.own[slot + 2]:
            return None
        moved = added([lane[slot] for lane in self.lanes if len(lane) > slot])
        return Held(self.own[slot + 3], self.own[slot + 1] + moved)

    def withdrawn(self, slot: int) -> float:
        """When the process withdrew the value that it had for the gauge at this slot; 0 if it did not, or has one."""
        return 0.0 if len(self.own) < slot + 4 or self.own[slot + 2] else self.own[slot + 3]


class Peer:
    """Another process's file, or the base file, and where its series stand in our own cells."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.folded: set[str] = set()
        #: Rows of its label table, in the order of its slots.
        self._rows: list[Row] = []
        #: (its first slot, the one after its last, our first slot), neighbours joined.
        self._runs: list[tuple[int, int, int]] = []

    def learn(self, layout: Layout) -> None:
        """Take over which series it has declared since the last time."""
        for block in self.reader.news():
            if block.kind == TABLE:
                for key, values, first in rows(block, self.reader.path):
                    self._place(key, values, first, layout)
            elif block.kind == FOLDED:
                self.folded.update(tokens(block, self.reader.path))

    def read(self, layout: Layout) -> tuple[list[list[float]], list[float]]:
        """Its cells, moved to where the same series stand here: all threads', and gauges' own values."""
        self.learn(layout)
        lanes: list[list[float]] = []
        own: list[float] = []
        for block in self.reader.cells:
            cells = self.reader.values(block)
            if block.kind == OWN:
                own += cells[len(own) :]
            else:
                lanes.append(self._moved(cells))
        return lanes, self._moved(own)

    def _place(self, key: str, values: tuple[str, ...], first: int, layout: Layout) -> None:
        try:
            here, wide = layout.offset(key, values), layout.width(key)
        except (KeyError, ValueError) as error:
            raise SharedFileError(self.reader.path, "corrupt", "names a series that the definition has not") from error
        if first < 0:
            raise SharedFileError(self.reader.path, "corrupt", "has a negative slot")
        if self._runs and self._runs[-1][1] == first and self._runs[-1][2] + first - self._runs[-1][0] == here:
            self._runs[-1] = (self._runs[-1][0], first + wide, self._runs[-1][2])
        else:
            self._runs.append((first, first + wide, here))

    def _moved(self, values: list[float]) -> list[float]:
        if len(self._runs) == 1 and self._runs[0][0] == self._runs[0][2] == 0:
            return values[: self._runs[0][1]]
        moved: list[float] = []
        for first, end, here in self._runs:
            part = values[first:end]
            moved.extend(repeat(0.0, here + len(part) - len(moved)))
            moved[here : here + len(part)] = part
        return moved


def combined(seen: Sequence[Seen], slot: int, how: Combine) -> float | None:
    """What the gauge at this slot holds over all processes; None if none of those that count has a value."""
    if how == "last":
        last = last_held(seen, slot)
        return None if last is None else last.value
    numbers = [found.value for each in seen if each.alive and (found := each.gauge(slot)) is not None]
    if not numbers:
        return None
    return sum(numbers) if how == "sum" else max(numbers) if how == "max" else min(numbers)


def last_held(seen: Sequence[Seen], slot: int) -> Held | None:
    """The value that was given last to the gauge at this slot.

    One of a process that has ended counts unless somebody has withdrawn the gauge's value since.
    """
    withdrawn = max((each.withdrawn(slot) for each in seen), default=0.0)
    held = ((each.alive, each.gauge(slot)) for each in seen)
    return max((found for alive, found in held if found and (alive or found.time > withdrawn)), default=None)


def sums(lanes: list[list[float]], size: int, *, up: bool = False) -> list[float]:
    """Slot by slot the sum, correctly rounded, so that the order of the parts does not matter; or rounded up.

    Raising every part, or replacing some by their sum rounded up, can therefore never lower it.
    """
    columns = zip_longest(*lanes, fillvalue=0.0) if lanes else ()
    total = list(map(_up, columns) if up else map(added, columns))
    total.extend(repeat(0.0, size - len(total)))
    return total[:size]


def added(parts: Sequence[float]) -> float:
    """The sum, correctly rounded; infinite or NaN where that is what Python's own sum is."""
    try:
        return fsum(parts)
    except (OverflowError, ValueError):  # beyond the largest float; infinities of both signs
        return sum(parts)


def _up(parts: tuple[float, ...]) -> float:
    total = added(parts)
    if total - total == 0 and added((*parts, -total)) > 0:
        return nextafter(total, inf)
    return total
