"""The parts of the application: one per cache, with all that is its own, and what sets it to work."""

from __future__ import annotations

import asyncio
import time
from threading import Event, Thread
from typing import Any, Protocol

from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.workload.arrivals import Arrivals
from stackgen.workload.breaker import CircuitBreaker
from stackgen.workload.cache import ReadThroughCache
from stackgen.workload.callers import TaskCallers, ThreadCallers
from stackgen.workload.clients import AsyncClient, ThreadedClient
from stackgen.workload.closed_port import ClosedPort
from stackgen.workload.counts import Counts
from stackgen.workload.decisions import Decisions
from stackgen.workload.pool import PoolUsage
from stackgen.workload.randomness import stream
from stackgen.workload.recording import Recording
from stackgen.workload.requests import Request, Requests
from stackgen.workload.scenarios import Stage
from stackgen.workload.settings import CacheSettings
from stackgen.workload.source import Source
from stackgen.workload.waiting import TaskWaiting, ThreadWaiting, completed


class Part:
    """One cache with its traffic and its observers, the same for threads and tasks; `rate` is in requests a second."""

    def __init__(
        self, cache: CacheSettings, *, rate: float, seed: int, stage: Stage, registry: CollectorRegistry
    ) -> None:
        self.cache = cache
        self.metrics = CacheMetrics(cache=cache.name, backend="redis", registry=registry)
        self.counts = Counts()
        self.breaker = CircuitBreaker()
        self.decisions = Decisions(cache, stream(seed, cache.name, "lifetimes"))
        self.recording = Recording(self.metrics, self.counts, self.breaker)
        self.usage = PoolUsage(cache.pool_limit, self.recording.pool_wait)
        self.source = Source(stream(seed, cache.name, "source"))
        arrivals = stream(seed, cache.name, "arrivals")
        self.arrivals = Arrivals(rate=rate, stage=stage, random=arrivals, start=time.monotonic())
        self.requests = Requests(cache, stage=stage, random=stream(seed, cache.name, "requests"))

    def reading(self) -> dict[str, Any]:
        """The cache's own counts, as JSON takes them."""
        counts = self.counts.reading()
        counts["events"]["dropped_request"] = self.arrivals.dropped
        return {"backend": "redis", **counts}


class Engine(Protocol):
    """What sets a part to work."""

    def start(self) -> None:
        """Begin; returns at once."""
        ...

    def stop(self) -> None:
        """Begin to end; returns at once."""
        ...

    def join(self, deadline: float) -> None:
        """Wait for the end, until `deadline` (of `time.monotonic`) at the latest."""
        ...

    @property
    def at_work(self) -> bool:
        """Whether all of it runs."""
        ...


class ThreadEngine:
    """Works with threads and redis-py's synchronous client."""

    def __init__(self, part: Part, url: str, closed: ClosedPort) -> None:
        self._stop = Event()
        self._client = ThreadedClient(url, part.usage, closed)
        waiting = ThreadWaiting(self._client, self._stop)
        cache = ReadThroughCache(part.decisions, waiting, part.source, part.recording)

        def serve(request: Request) -> None:
            completed(cache.serve(request))

        self._callers = ThreadCallers(part.cache.callers, part.arrivals, part.requests, serve, self._stop)

    def start(self) -> None:
        """See `Engine`."""
        self._callers.start()

    def stop(self) -> None:
        """See `Engine`."""
        self._stop.set()

    def join(self, deadline: float) -> None:
        """See `Engine`."""
        # Connections are not closed under callers that still wait for a server which hangs: they end with the process.
        if self._callers.join(deadline):
            self._client.close()

    @property
    def at_work(self) -> bool:
        """See `Engine`."""
        return self._callers.at_work


class TaskEngine:
    """Works with tasks and redis-py's asyncio client, on an event loop in a thread of its own."""

    def __init__(self, part: Part, url: str, closed: ClosedPort) -> None:
        self._part = part
        self._url = url
        self._closed = closed
        self._loop = asyncio.new_event_loop()
        self._main: asyncio.Task[None] | None = None
        self._thread = Thread(target=self._run, name="event-loop", daemon=True)

    def start(self) -> None:
        """See `Engine`."""
        self._main = self._loop.create_task(self._work())
        self._thread.start()

    def stop(self) -> None:
        """See `Engine`."""
        if self._main is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._main.cancel)

    def join(self, deadline: float) -> None:
        """See `Engine`."""
        if self._main is not None:
            self._thread.join(max(0.0, deadline - time.monotonic()))

    @property
    def at_work(self) -> bool:
        """See `Engine`."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            if self._main is not None:
                self._loop.run_until_complete(self._main)
        except asyncio.CancelledError:
            pass  # this is how it is told to stop
        finally:
            self._loop.close()

    async def _work(self) -> None:
        part = self._part
        client = AsyncClient(self._url, part.usage, self._closed)
        cache = ReadThroughCache(part.decisions, TaskWaiting(client), part.source, part.recording)
        try:
            await TaskCallers(part.cache.callers, part.arrivals, part.requests, cache.serve).run()
        finally:
            await client.close()
