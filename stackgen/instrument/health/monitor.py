"""Checks health on an interval, so that the health metrics tell even when nobody asks."""

from __future__ import annotations

import asyncio
import logging
from random import uniform

from stackgen.instrument.async_rounds import AsyncRounds
from stackgen.instrument.health.checking import AsyncHealth, Health
from stackgen.instrument.health.report import Report
from stackgen.instrument.rounds import Rounds

_log = logging.getLogger("stackgen")


class _Interval:
    """How long to wait, and what to say of a report."""

    def __init__(self, every: float, jitter: float) -> None:
        if not every > 0 or not 0 <= jitter < 1:
            message = f"every must be above 0 seconds and jitter from 0 to below 1, not {every!r} and {jitter!r}"
            raise ValueError(message)
        self._every = every
        self._jitter = jitter
        self._status = ""

    def next(self) -> float:
        """Seconds until the next check; never the same, so that the instances of an application do not ask at once."""
        return self._every * uniform(1 - self._jitter, 1 + self._jitter)  # noqa: S311 - nothing secret

    def tell(self, report: Report) -> None:
        """Log it where it is another status than before; a cache that is healthy from the start is no news."""
        if report.status != (self._status or "healthy"):
            reasons = "; ".join(report.reasons)
            _log.warning("a cache is %s%s", report.status, f": {reasons}" if reasons else " again")
        self._status = report.status


class Monitor(Rounds):
    """Checks in a daemon thread from `start` to `stop`, first at once; a forked child goes on with its own."""

    def __init__(self, health: Health, *, every: float = 15.0, jitter: float = 0.1) -> None:
        self._interval = _Interval(every, jitter)
        super().__init__("stackgen-health", every=every, patience=health.timeout + 1)
        self.health = health

    def _round(self) -> float:
        self._interval.tell(self.health())
        return self._interval.next()


class AsyncMonitor(AsyncRounds):
    """Checks in a task of the running loop, from `start` to `stop`, first at once.

    It takes either kind of health; a plain one is asked in a thread.
    """

    def __init__(self, health: Health | AsyncHealth, *, every: float = 15.0, jitter: float = 0.1) -> None:
        self._interval = _Interval(every, jitter)
        super().__init__("stackgen-health", every=every)
        self.health = health

    async def _round(self) -> float:
        self._interval.tell(await checked(self.health))
        return self._interval.next()


async def checked(health: Health | AsyncHealth) -> Report:
    """The detailed report of either kind, without holding up the loop."""
    if isinstance(health, AsyncHealth):
        return await health(detailed=True)
    return await asyncio.to_thread(health, detailed=True)
