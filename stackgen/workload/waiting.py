"""What waiting is: to a thread, blocking; to a task, letting others run.

The cache is written once, as coroutines over this. For a thread they never suspend, so that running one to its end is
one plain call (`completed`), and redis-py's synchronous client, locks and futures do the waiting.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Coroutine
from threading import Event
from typing import Any, Protocol, TypeVar

from stackgen.workload.clients import AsyncClient, ThreadedClient
from stackgen.workload.commands import Plan
from stackgen.workload.flights import Landing
from stackgen.workload.requests import Request

T = TypeVar("T")
L = TypeVar("L", bound=Landing)


class Waiting(Protocol[L]):
    """Everything that a cache waits for."""

    async def run(self, plan: Plan, request: Request | None = None) -> list[Any]:
        """The answers of Redis to a plan, on the way that the request goes; raises RedisError or OSError."""
        ...

    async def pause(self, seconds: float) -> None:
        """Let time go by."""
        ...

    def flight(self) -> L:
        """A future that other callers can wait on."""
        ...

    async def landed(self, flight: L, timeout: float) -> str | None:
        """The result of a flight; raises TimeoutError when it does not land within `timeout` seconds."""
        ...


class ThreadWaiting:
    """Blocks the calling thread; `stop` cuts pauses short."""

    def __init__(self, client: ThreadedClient, stop: Event) -> None:
        self._client = client
        self._stop = stop

    async def run(self, plan: Plan, request: Request | None = None) -> list[Any]:
        """See `Waiting`."""
        return self._client.run(plan, request)

    async def pause(self, seconds: float) -> None:
        """See `Waiting`."""
        self._stop.wait(seconds)

    def flight(self) -> concurrent.futures.Future[str | None]:
        """See `Waiting`."""
        return concurrent.futures.Future()

    async def landed(self, flight: concurrent.futures.Future[str | None], timeout: float) -> str | None:
        """See `Waiting`."""
        return flight.result(timeout)


class TaskWaiting:
    """Suspends the calling task; to be used inside one event loop."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def run(self, plan: Plan, request: Request | None = None) -> list[Any]:
        """See `Waiting`."""
        return await self._client.run(plan, request)

    async def pause(self, seconds: float) -> None:
        """See `Waiting`."""
        await asyncio.sleep(seconds)

    def flight(self) -> asyncio.Future[str | None]:
        """See `Waiting`."""
        return asyncio.get_running_loop().create_future()

    async def landed(self, flight: asyncio.Future[str | None], timeout: float) -> str | None:
        """See `Waiting`."""
        # Shielded: one who gives up does not end the load that others wait for. Not `wait_for`: Python 3.11's forgets
        # that its task was cancelled when the future is done at the same moment, and the task would never end.
        async with asyncio.timeout(timeout):
            return await asyncio.shield(flight)


def completed(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never suspends, run to its end in the calling thread.

    Raises what it raises, and RuntimeError when it does suspend: its waiting was not that of a thread.
    """
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value  # type: ignore[no-any-return]
    coroutine.close()
    raise RuntimeError("the coroutine waits for an event loop, but runs in a thread without one")
