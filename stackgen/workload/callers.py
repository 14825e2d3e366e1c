"""Who sends the requests: callers of a fixed number, each with one request at a time.

One caller at a time has the turn: it waits until the next request is due, hands the turn on, and does what the request
asks for. So requests start when they are due as long as any caller is free, and are drawn in one order.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from threading import Event, Lock, Thread

from stackgen.workload.arrivals import Arrivals
from stackgen.workload.requests import Request, Requests


class ThreadCallers:
    """Callers that are threads. `serve` does one request; it ends when `stop` is set."""

    def __init__(
        self,
        count: int,
        arrivals: Arrivals,
        requests: Requests,
        serve: Callable[[Request], None],
        stop: Event,
    ) -> None:
        self._arrivals = arrivals
        self._requests = requests
        self._serve = serve
        self._stop = stop
        self._turn = Lock()
        # Daemons: a caller that hangs on a dead network does not keep the process from ending.
        self._threads = [Thread(target=self._run, name=f"caller-{number}", daemon=True) for number in range(count)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self, deadline: float) -> bool:
        """Wait for the end until `deadline` (of `time.monotonic`); whether all have ended."""
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def at_work(self) -> bool:
        """Whether every caller lives; one that does not has met a defect."""
        return all(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while (request := self._next()) is not None:
            self._serve(request)

    def _next(self) -> Request | None:
        with self._turn:
            if self._stop.is_set():
                return None
            now = time.monotonic()
            arrival = self._arrivals.next(now)
            if self._stop.wait(max(0.0, arrival.due - now)):
                return None
            return self._requests.next(in_crowd=arrival.in_crowd)


class TaskCallers:
    """Callers that are tasks of the running event loop."""

    def __init__(
        self,
        count: int,
        arrivals: Arrivals,
        requests: Requests,
        serve: Callable[[Request], Awaitable[None]],
    ) -> None:
        self._count = count
        self._arrivals = arrivals
        self._requests = requests
        self._serve = serve
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Go on until cancelled."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._count):
                group.create_task(self._run(), name=f"caller-{number}")

    async def _run(self) -> None:
        me = asyncio.current_task()
        # Asked each time, since a cancellation does not always arrive: redis-py writes under `asyncio.wait_for`, which
        # in Python 3.11 forgets one that comes in the moment in which the write has ended.
        while me is not None and not me.cancelling():
            async with self._turn:
                now = time.monotonic()
                arrival = self._arrivals.next(now)
                if arrival.due > now:
                    await asyncio.sleep(arrival.due - now)
                request = self._requests.next(in_crowd=arrival.in_crowd)
            await self._serve(request)
