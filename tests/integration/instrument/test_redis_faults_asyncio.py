"""What an application with asyncio sees of a Redis that fails is what it would have seen without us."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import redis
import redis.asyncio
import redis.asyncio.retry
from redis.backoff import NoBackoff

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.outages import open_files
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server, dropping_port, silent_port


def test_asyncio_failures(own_redis: Server, recorded: Recorded) -> None:
    def client(port: int, timeout: float = 0.1, connect_timeout: float = 30) -> Any:
        once = redis.asyncio.retry.Retry(NoBackoff(), 0)
        timeouts: dict[str, Any] = {"socket_timeout": timeout, "socket_connect_timeout": connect_timeout}
        return redis.asyncio.Redis(host="127.0.0.1", port=port, **timeouts, retry=once)

    async def raised(one: Any) -> tuple[type[BaseException], str]:
        with pytest.raises(redis.RedisError) as caught:
            await one.get("k")
        await one.aclose()
        return type(caught.value), str(caught.value)

    async def main() -> None:
        with silent_port() as silent, dropping_port() as dropping:
            for port, connect_timeout in ((1, 30.0), (silent, 30.0), (dropping, 0.1)):
                plain, observed = (client(port, connect_timeout=connect_timeout) for _ in range(2))
                instrument(observed, recorded.metrics)
                assert await raised(observed) == await raised(plain)
        one = instrument(client(own_redis.port, timeout=2), recorded.metrics)
        await one.get("k")
        with own_redis.hung(), pytest.raises(redis.TimeoutError):
            await one.pipeline(transaction=False).get("k").set("k", 1).execute()
        await one.aclose()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    files_before = open_files()
    asyncio.run(main())
    assert recorded.errors == {("get", "connection"): 1, ("get", "timeout"): 3, ("set", "timeout"): 1}
    assert open_files() == files_before


def test_asyncio_callers_that_wait_for_a_connection(own_redis: Server, recorded: Recorded) -> None:
    async def main() -> None:
        pool = redis.asyncio.BlockingConnectionPool(port=own_redis.port, max_connections=2, timeout=60)
        client = instrument(redis.asyncio.Redis(connection_pool=pool), recorded.metrics)
        await asyncio.gather(*(client.get("k") for _ in range(10)))
        assert recorded.value("cache_pool_connections", "idle") == 2
        assert recorded.value("cache_pool_limit") == 2
        uninstrument(client)
        assert type(pool) is redis.asyncio.BlockingConnectionPool
        await client.aclose()
        await pool.disconnect()

    asyncio.run(main())
    waits = recorded.value("cache_pool_wait_duration_seconds_count")
    assert waits is not None
    assert 1 <= waits <= 8
    assert recorded.operations == {("get", "miss"): 10}
    assert not recorded.errors


@pytest.mark.parametrize("waits", [False, True], ids=["refuses", "waits"])
def test_an_exhausted_asyncio_pool(waits: bool, own_redis: Server, recorded: Recorded) -> None:
    def client() -> Any:
        options: dict[str, Any] = {"port": own_redis.port, "max_connections": 1}
        if waits:
            return redis.asyncio.Redis(connection_pool=redis.asyncio.BlockingConnectionPool(**options, timeout=0.05))
        return redis.asyncio.Redis(connection_pool=redis.asyncio.ConnectionPool(**options))

    async def seen(one: Any) -> tuple[type[BaseException], str]:
        taken = await one.connection_pool.get_connection()
        with pytest.raises(redis.ConnectionError) as caught:
            await one.get("k")
        await one.connection_pool.release(taken)
        assert await one.get("k") is None
        await one.aclose()
        await one.connection_pool.disconnect()
        return type(caught.value), str(caught.value)

    async def main() -> None:
        assert await seen(instrument(client(), recorded.metrics)) == await seen(client())

    asyncio.run(main())
    assert recorded.errors == {("get", "connection"): 1}
    assert recorded.operations[("get", "miss")] == 1
    assert recorded.value("cache_pool_wait_duration_seconds_count") == int(waits)


def test_redis_stopped_under_the_load_of_tasks_and_back(own_redis: Server, recorded: Recorded) -> None:
    seen: list[type[Exception]] = []
    stopping = False

    async def load(client: Any) -> None:
        while not stopping:
            try:
                await client.get("k")
            except redis.RedisError as error:
                seen.append(type(error))
                await asyncio.sleep(0)  # a refused connection may not have waited for anything

    async def until(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.01)  # between two looks

    async def main() -> None:
        nonlocal stopping
        once = redis.asyncio.retry.Retry(NoBackoff(), 0)
        client = instrument(redis.asyncio.Redis(port=own_redis.port, socket_timeout=5, retry=once), recorded.metrics)
        callers = [asyncio.create_task(load(client)) for _ in range(4)]
        await until(lambda: recorded.operations.get(("get", "miss"), 0) > 100)
        await asyncio.to_thread(own_redis.stop)
        await until(lambda: len(seen) > 20)
        answered = recorded.operations[("get", "miss")]
        await asyncio.to_thread(own_redis.start)
        await until(lambda: recorded.operations[("get", "miss")] > answered + 100)
        stopping = True
        await asyncio.gather(*callers)
        await uninstrument(client).aclose()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    files_before = open_files()
    asyncio.run(main())
    assert set(seen) <= {redis.ConnectionError, redis.TimeoutError}
    # Every exception that a caller saw was recorded, and nothing else.
    assert sum(recorded.errors.values()) == len(seen)
    assert {kind for _, kind in recorded.errors} <= {"connection", "timeout"}
    assert open_files() == files_before
