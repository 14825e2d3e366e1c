"""When requests arrive: an open loop, reproducible from a seed.

Requests come at random (a Poisson process) at the scenario's rate whatever the answers take, as users do: a cache that
becomes slow finds more of them waiting, not fewer coming. Now and then a crowd comes at once, as from a page that shows
a list, so that callers wait for connections in normal operation too.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from stackgen.workload.scenarios import Stage

#: Requests that are late by more than this many seconds are dropped; else a stall would be followed by a flood.
MOST_LATE = 1.0

#: A crowd of this many requests comes every so many seconds.
CROWD_SIZE = 24
CROWD_EVERY = 30.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request: when it is due, and whether it is one of a crowd."""

    due: float
    in_crowd: bool = False


class Arrivals:
    """The requests to one cache, as they are due. Not for several threads at once: callers take turns."""

    def __init__(self, *, rate: float, stage: Stage, random: Random, start: float) -> None:
        self._rate = rate
        self._stage = stage
        self._random = random
        self._last = start
        self._next_crowd = start + random.uniform(0.1, 0.5) * CROWD_EVERY
        self._left_of_crowd = 0
        #: Requests that were dropped because no caller was free for too long.
        self.dropped = 0

    def next(self, now: float) -> Arrival:
        """The next request; due in the past (of the clock of `now`) when it had to wait for a caller."""
        arrival = self._draw()
        while arrival.due < now - MOST_LATE:
            self.dropped += 1
            arrival = self._draw()
        return arrival

    def _draw(self) -> Arrival:
        if self._left_of_crowd:
            self._left_of_crowd -= 1
            return Arrival(self._last, in_crowd=True)
        scenario = self._stage.scenario
        rate = max(self._rate * scenario.rate_factor, scenario.rate_floor)
        due = self._last + self._random.expovariate(rate)
        if due < self._next_crowd:
            self._last = due
            return Arrival(due)
        self._last = self._next_crowd
        self._next_crowd += CROWD_EVERY
        self._left_of_crowd = CROWD_SIZE - 1
        return Arrival(self._last, in_crowd=True)
