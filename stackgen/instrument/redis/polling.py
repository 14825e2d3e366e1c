"""Asks a Redis server for its own numbers, on an interval, off the path of requests."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import redis
import redis.asyncio
import redis.asyncio.cluster
import redis.asyncio.retry
import redis.cluster
import redis.exceptions
import redis.retry
from redis.backoff import NoBackoff

from stackgen.instrument.async_rounds import AsyncRounds
from stackgen.instrument.observed import plain_class
from stackgen.instrument.recorder import Recorder
from stackgen.instrument.redis.server import ServerReadings
from stackgen.instrument.rounds import Rounds

_log = logging.getLogger(__name__)

#: What asking a server can end in; the next time may do.
_FAILURES = (redis.exceptions.RedisError, redis.exceptions.RedisClusterException, OSError, asyncio.TimeoutError)


def poll_of(client: Any, metrics: Recorder, *, every: float, timeout: float) -> ServerPoll | AsyncServerPoll:
    """The poll for a client: in a thread, or for an asyncio client as a task. Raises TypeError for other objects."""
    if isinstance(client, (redis.asyncio.Redis, redis.asyncio.cluster.RedisCluster)):
        return AsyncServerPoll(client, metrics, every, timeout)
    if isinstance(client, (redis.Redis, redis.cluster.RedisCluster)):
        return ServerPoll(client, metrics, every, timeout)
    message = f"cannot poll {type(client).__module__}.{type(client).__qualname__}: give a client of redis-py"
    raise TypeError(message)


class _Failing:
    """Tells the log when asking begins to fail and when it succeeds again, not each time."""

    def __init__(self) -> None:
        self._failing = False

    def failed(self, error: BaseException) -> None:
        if not self._failing:
            _log.warning("a Redis server does not say how it is, its gauges stay as they are: %s", error)
        self._failing = True

    def succeeded(self) -> None:
        if self._failing:
            _log.warning("a Redis server says again how it is")
        self._failing = False


class ServerPoll(Rounds):
    """Polls in a daemon thread, from `start` to `stop`; a forked child does not, as one process is enough."""

    def __init__(self, client: Any, metrics: Recorder, every: float, timeout: float) -> None:
        super().__init__("stackgen-redis-poll", every=every, patience=2 * timeout + 1)
        self._client = client
        self._timeout = timeout
        self._readings = ServerReadings(metrics)
        self._failing = _Failing()
        self._ask = _question(client)

    def after_fork(self) -> None:
        """Have no thread in the child; it may start one."""
        self._thread = None

    def _round(self) -> float:
        try:
            self._readings.take(self._ask(), _database(self._client))
            self._failing.succeeded()
        except _FAILURES as error:
            self._failing.failed(error)
        return self._every

    def _run(self, stopping: threading.Event) -> None:
        own = own_client(self._client, self._timeout, redis.Redis, redis.ConnectionPool, redis.retry.Retry)
        self._ask = _question(self._client if own is None else own)
        try:
            super()._run(stopping)
        finally:
            if own is not None:
                own.connection_pool.disconnect()


class AsyncServerPoll(AsyncRounds):
    """Polls in a task of the running loop, from `start` to `stop`."""

    def __init__(self, client: Any, metrics: Recorder, every: float, timeout: float) -> None:
        super().__init__("stackgen-redis-poll", every=every)
        self._client = client
        self._timeout = timeout
        self._readings = ServerReadings(metrics)
        self._failing = _Failing()
        self._ask = _question(client)

    async def _round(self) -> float:
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._ask()
            self._readings.take(answer, _database(self._client))
            self._failing.succeeded()
        except _FAILURES as error:
            self._failing.failed(error)
        return self._every

    async def _run(self, ending: asyncio.Event) -> None:
        own = own_client(
            self._client, self._timeout, redis.asyncio.Redis, redis.asyncio.ConnectionPool, redis.asyncio.retry.Retry
        )
        self._ask = _question(self._client if own is None else own)
        try:
            await super()._run(ending)
        finally:
            if own is not None:
                await own.connection_pool.disconnect()


def own_client(client: Any, timeout: float, client_class: Any, pool_class: Any, retry_class: Any) -> Any:
    """A client like this one, with one connection that gives up in time; None for a cluster, which asks its nodes."""
    if hasattr(client, "nodes_manager"):
        return None
    pool = client.connection_pool
    options = {
        **pool.connection_kwargs,
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": retry_class(NoBackoff(), 0),
    }
    return client_class(
        connection_pool=pool_class(connection_class=pool.connection_class, max_connections=1, **options)
    )


def _question(client: Any) -> Callable[[], Any]:
    """What asks the server; past the wrapper, because no caller of the cache waits for it."""
    targets = {"target_nodes": "primaries"} if hasattr(client, "nodes_manager") else {}
    return lambda: plain_class(client).execute_command(client, "INFO", **targets)


def _database(client: Any) -> int:
    """The database that the client's keys are in; clusters have one."""
    return int(client.connection_pool.connection_kwargs.get("db", 0)) if hasattr(client, "connection_pool") else 0
