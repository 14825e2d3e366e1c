"""How popular keys are: a few are asked for all the time, most of them seldom (Zipf's law)."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from random import Random


class ZipfRanks:
    """Ranks 0, 1, 2, ... of which the n-th is drawn in proportion to 1 / n ** exponent."""

    def __init__(self, size: int, exponent: float) -> None:
        self._cumulative = list(itertools.accumulate((rank + 1) ** -exponent for rank in range(size)))

    def draw(self, random: Random) -> int:
        """A rank, 0 the likeliest."""
        return bisect_left(self._cumulative, random.random() * self._cumulative[-1])
