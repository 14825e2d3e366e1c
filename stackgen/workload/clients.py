"""How plans reach Redis: over a pool with a limit, and in the scenarios over ways on which they fail."""

from __future__ import annotations

import re
from typing import Any

import redis
import redis.asyncio
import redis.asyncio.retry
import redis.backoff
import redis.retry

from stackgen.findings import StackgenError
from stackgen.workload.closed_port import ClosedPort
from stackgen.workload.commands import Plan, held
from stackgen.workload.pool import PoolUsage, TaskGate, ThreadGate
from stackgen.workload.requests import Request, Route

#: How long Redis has to answer, in seconds, and to accept a connection.
_ANSWER_TIMEOUT = 1.0
_CONNECT_TIMEOUT = 0.5

#: On the way with too little time, Redis takes the first to answer, and the caller gives up after the second.
_TOO_LONG_HOLD = 0.5
_TOO_LITTLE_TIME = 0.05


def _options(retry: object, timeout: float = _ANSWER_TIMEOUT) -> dict[str, Any]:
    return {
        # Without a retry of redis-py's: the cache itself tries again, where it can tell the metrics of it.
        "retry": retry,
        "socket_timeout": timeout,
        "socket_connect_timeout": _CONNECT_TIMEOUT,
        # RESP 2 spares each new connection the handshakes of RESP 3, and the same replies come from every server.
        "protocol": 2,
    }


def _no_retry() -> redis.retry.Retry:
    return redis.retry.Retry(redis.backoff.NoBackoff(), 0)


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    return re.sub(r"//[^@/]*@", "//***@", url)


def check_url(url: str) -> None:
    """Raise StackgenError, which tells what is wrong, when the URL is not one of a Redis."""
    try:
        redis.ConnectionPool.from_url(url)
    except ValueError as error:
        raise StackgenError(
            f"--redis {without_password(url)!r} is not the URL of a Redis ({error}); try redis://127.0.0.1:6379/0"
        ) from error


def plain_client(url: str) -> redis.Redis:
    """A client with a connection of its own, for looking after the server."""
    return redis.Redis(connection_pool=redis.ConnectionPool.from_url(url, **_options(_no_retry())))


class ThreadedClient:
    """The ways to Redis for threads."""

    def __init__(self, url: str, usage: PoolUsage, closed: ClosedPort) -> None:
        retry = _no_retry()
        pool = redis.ConnectionPool
        self._gate = ThreadGate(usage)
        self._main = redis.Redis(connection_pool=pool.from_url(url, **_options(retry)))
        self._hurried = redis.Redis(connection_pool=pool.from_url(url, **_options(retry, _TOO_LITTLE_TIME)))
        self._refused = redis.Redis(connection_pool=pool(host=closed.host, port=closed.port, **_options(retry)))

    def run(self, plan: Plan, request: Request | None = None) -> list[Any]:
        """The answers to a plan, on the way that the request goes (None: the right one).

        Raises RedisError or OSError when they do not come.
        """
        route = Route.DIRECT if request is None else request.route
        if route is Route.REFUSED:
            return self._send(self._refused, plan)
        if route is Route.TIMED_OUT:
            return self._send(self._hurried, held(plan, _TOO_LONG_HOLD))[1:]
        with self._gate.connection():
            if route is Route.HELD and request is not None:
                return self._send(self._main, held(plan, request.hold))[1:]
            return self._send(self._main, plan)

    @staticmethod
    def _send(client: redis.Redis, plan: Plan) -> list[Any]:
        if len(plan) == 1:  # a lookup, as most are: a pipeline of one command costs twice as much
            return [client.execute_command(*plan[0])]  # type: ignore[no-untyped-call]
        pipeline = client.pipeline(transaction=False)
        for command in plan:
            pipeline.execute_command(*command)  # type: ignore[no-untyped-call]
        return pipeline.execute()

    def close(self) -> None:
        """Close all connections; operations under way fail."""
        for client in (self._main, self._hurried, self._refused):
            client.connection_pool.disconnect()


class AsyncClient:
    """The ways to Redis for the tasks of one event loop; to be made inside it."""

    def __init__(self, url: str, usage: PoolUsage, closed: ClosedPort) -> None:
        retry = redis.asyncio.retry.Retry(redis.backoff.NoBackoff(), 0)
        pool = redis.asyncio.ConnectionPool
        client = redis.asyncio.Redis
        self._gate = TaskGate(usage)
        self._main = client(connection_pool=pool.from_url(url, **_options(retry)))
        self._hurried = client(connection_pool=pool.from_url(url, **_options(retry, _TOO_LITTLE_TIME)))
        self._refused = client(connection_pool=pool(host=closed.host, port=closed.port, **_options(retry)))

    async def run(self, plan: Plan, request: Request | None = None) -> list[Any]:
        """As `ThreadedClient.run`."""
        route = Route.DIRECT if request is None else request.route
        if route is Route.REFUSED:
            return await self._send(self._refused, plan)
        if route is Route.TIMED_OUT:
            return (await self._send(self._hurried, held(plan, _TOO_LONG_HOLD)))[1:]
        async with self._gate.connection():
            if route is Route.HELD and request is not None:
                return (await self._send(self._main, held(plan, request.hold)))[1:]
            return await self._send(self._main, plan)

    @staticmethod
    async def _send(client: redis.asyncio.Redis, plan: Plan) -> list[Any]:
        if len(plan) == 1:
            return [await client.execute_command(*plan[0])]  # type: ignore[no-untyped-call]
        pipeline = client.pipeline(transaction=False)
        for command in plan:
            pipeline.execute_command(*command)
        return await pipeline.execute()

    async def close(self) -> None:
        """Close all connections; operations under way fail."""
        for client in (self._main, self._hurried, self._refused):
            await client.connection_pool.disconnect()
