"""Checks health on an interval, so that the health metrics tell even when nobody asks."""

from __future__ import annotations

import asyncio
import logging
import threading
from random import uniform
from types import TracebackType
from typing import Self

from stackgen.instrument.health.checking import AsyncHealth, Health
from stackgen.instrument.health.forks import follow_forks
from stackgen.instrument.health.report import Report

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


class Monitor:
    """Checks in a daemon thread from `start` to `stop`, first at once; a forked child goes on with its own."""

    def __init__(self, health: Health, *, every: float = 15.0, jitter: float = 0.1) -> None:
        self.health = health
        self._interval = _Interval(every, jitter)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        follow_forks(self)

    def start(self) -> Self:
        """Begin; done again it changes nothing."""
        if self._thread is None:
            # Its own: the thread before may be still at its last check.
            self._stopping = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(self._stopping,), name="stackgen-health", daemon=True
            )
            self._thread.start()
        return self

    def stop(self) -> None:
        """End, and wait until the thread has; at most as long as a check may take."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping.set()
            thread.join(self.health.timeout + 1)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def after_fork(self) -> None:
        """Go on in the child, in a thread of its own."""
        if self._thread is not None:
            self._thread = None
            self.start()

    def _run(self, stopping: threading.Event) -> None:
        while True:
            self._interval.tell(self.health())
            if stopping.wait(self._interval.next()):
                return


class AsyncMonitor:
    """Checks in a task of the running loop, from `start` to `stop`, first at once.

    It takes either kind of health; a plain one is asked in a thread.
    """

    def __init__(self, health: Health | AsyncHealth, *, every: float = 15.0, jitter: float = 0.1) -> None:
        self.health = health
        self._interval = _Interval(every, jitter)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> Self:
        """Begin; done again it changes nothing. Raises RuntimeError where no loop runs."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="stackgen-health")
        return self

    async def stop(self) -> None:
        """End, and wait until the task has."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            # Not awaited itself: who cancels this caller must not be mistaken for the monitor's own end.
            await asyncio.wait({task})

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _run(self) -> None:
        while True:
            self._interval.tell(await checked(self.health))
            await asyncio.sleep(self._interval.next())


async def checked(health: Health | AsyncHealth) -> Report:
    """The detailed report of either kind, without holding up the loop."""
    if isinstance(health, AsyncHealth):
        return await health(detailed=True)
    return await asyncio.to_thread(health, detailed=True)
