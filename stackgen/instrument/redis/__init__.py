"""Clients of redis-py 5 to 8, observed: sync and asyncio, single servers, clusters, and what a Sentinel hands out.

    client = instrument(redis.Redis(), CacheMetrics(cache="sessions", backend="redis"))

Every command that goes through the client is recorded, those of its pipelines and transactions one by one. The pool's
connections are asked for at each scrape; of `BlockingConnectionPool` the waits are timed too. `poll` adds what the
server says of itself.
"""

from __future__ import annotations

from typing import Any, TypeVar

from stackgen.instrument.recorder import Recorder

__all__ = ["instrument", "poll", "uninstrument"]

T = TypeVar("T")


def instrument(target: T, metrics: Recorder) -> T:
    """Observe a client, a pipeline, or all clients that a Sentinel will hand out, and give back the same object.

    Raises TypeError for anything else of redis-py's.
    """
    from stackgen.instrument.redis.clients import observe  # noqa: PLC0415  -- redis is imported with its first client

    observe(target, metrics)
    return target


def uninstrument(target: T) -> T:
    """Have the client, with its pool and its retries, be as it was, and give it back."""
    from stackgen.instrument.redis.clients import release  # noqa: PLC0415

    release(target)
    return target


def poll(client: Any, metrics: Recorder, *, every: float = 15.0, timeout: float = 5.0) -> Any:
    """Ask the client's server what it says of itself: evictions, memory and its limit, keys, fragmentation.

    Gives a poll to use in `with` (or `start()` and `stop()`), which runs in a thread; that of an asyncio client in
    `async with` (or `start()` and `await stop()`), which runs as a task. It asks over a connection of its own, `every`
    so many seconds, and waits `timeout` seconds at most. One process of an application is enough, and evictions are
    counted once by each.
    """
    from stackgen.instrument.redis.polling import poll_of  # noqa: PLC0415

    return poll_of(client, metrics, every=every, timeout=timeout)
