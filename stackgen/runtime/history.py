"""Totals of some times in the last hour, for signals over a window.

They are kept from the first windowed snapshot on, at each scrape and each snapshot, ever further apart the older they
are: at most about 170 copies. Recording costs nothing more for it.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

#: How far apart kept totals are, by the age up to which it holds.
_SPACING = ((60.0, 1.0), (300.0, 5.0), (3700.0, 60.0))


class Kept(NamedTuple):
    """Totals, and when they were so."""

    time: float
    totals: Sequence[float]


class History:
    """Totals of some times in the last hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: list[Kept] = []
        self.active = False

    def keep(self, totals: Iterable[float]) -> None:
        """Keep these totals as those of now."""
        now = self._clock()
        thinned: list[Kept] = []
        for kept in reversed(self._kept):
            spacing = next((apart for age, apart in _SPACING if now - kept.time <= age), None)
            newer = thinned[-1].time if thinned else now
            # One for each stretch of that length; stretches begin at the same times whenever one looks.
            if spacing is not None and kept.time // spacing != newer // spacing:
                thinned.append(kept)
        self._kept = [*reversed(thinned), Kept(now, array("d", totals))]

    def before(self, window: float) -> Kept | None:
        """The latest totals that are at least this old, else the oldest there are."""
        then = self._clock() - window
        kept = self._kept
        return next((each for each in reversed(kept) if each.time <= then), kept[0] if kept else None)

    def forget(self) -> None:
        """Keep nothing."""
        self._kept = []
