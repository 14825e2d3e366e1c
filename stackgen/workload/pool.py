"""The connections of one pool: who gets one, who has to wait for one, and how many are at work.

redis-py has pools that wait, but they tell neither how long nor, in most versions, how many connections are in use. So
a gate of our own is in front of its plain pool, and lets in as many operations at once as it may have connections.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Lock, Semaphore

import redis.exceptions

#: How long an operation waits for a connection, in seconds.
_LONGEST_WAIT = 1.0


class PoolExhaustedError(redis.exceptions.ConnectionError):
    """No connection came free in time."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"all {limit} connections of the pool were in use for {_LONGEST_WAIT:g} s")


class PoolUsage:
    """How many connections are at work; `waited` is told the seconds of each wait for one."""

    def __init__(self, limit: int, waited: Callable[[float], None]) -> None:
        self.limit = limit
        self.waited = waited
        self._lock = Lock()
        self._in_use = 0
        self._open = 0
        self._most = 0

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Around the use of one connection. The pool opens one when all that are open are in use, and keeps it."""
        with self._lock:
            self._in_use += 1
            self._open = max(self._open, self._in_use)
            self._most = max(self._most, self._in_use)
        try:
            yield
        finally:
            with self._lock:
                self._in_use -= 1

    def read(self) -> tuple[int, int]:
        """The connections (in use, idle) at the busiest moment since the last reading.

        Not of this moment: a scrape sees one in fifteen seconds, and between two operations on a full pool a connection
        is always free for an instant.
        """
        with self._lock:
            most = self._most
            self._most = self._in_use
            return most, self._open - most

    def server_gone(self) -> None:
        """Forget the open connections: the server has closed them."""
        with self._lock:
            self._open = self._most = self._in_use


class ThreadGate:
    """Lets threads in."""

    def __init__(self, usage: PoolUsage) -> None:
        self._usage = usage
        self._free = Semaphore(usage.limit)

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Around the use of one connection; raises PoolExhaustedError when none comes free in time."""
        if not self._free.acquire(blocking=False):
            started = time.perf_counter()
            came_free = self._free.acquire(timeout=_LONGEST_WAIT)
            self._usage.waited(time.perf_counter() - started)
            if not came_free:
                raise PoolExhaustedError(self._usage.limit)
        try:
            with self._usage.connection():
                yield
        finally:
            self._free.release()


class TaskGate:
    """Lets tasks of one event loop in."""

    def __init__(self, usage: PoolUsage) -> None:
        self._usage = usage
        self._free = asyncio.Semaphore(usage.limit)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[None]:
        """As `ThreadGate.connection`."""
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        try:
            with self._usage.connection():
                yield
        finally:
            self._free.release()

    async def _wait(self) -> None:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(_LONGEST_WAIT):
                await self._free.acquire()
        except TimeoutError:
            raise PoolExhaustedError(self._usage.limit) from None
        finally:
            self._usage.waited(time.perf_counter() - started)
