"""Run with another redis-py on the path than the tests': `python version_check.py PORT` exits with 0 if all is well.

It is one file and a process of its own because a version of a library cannot be exchanged in a process.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import redis
import redis.asyncio
import redis.asyncio.retry
from redis.backoff import NoBackoff
from redis.retry import Retry

from stackgen.instrument import instrument, uninstrument
from stackgen.instrument.redis import poll
from tests.integration.instrument.recorded import Recorded
from tests.waiting import wait_until

#: Untyped in redis-py.
BLOCKING_POOL: Any = redis.BlockingConnectionPool


def sync(port: int) -> None:
    recorded = Recorded()
    pool: Any = BLOCKING_POOL(port=port, max_connections=1, timeout=0.05)
    client: Any = instrument(redis.Redis(connection_pool=pool), recorded.metrics)
    client.flushall()
    client.set("k", "")
    assert (client.get("k"), client.mget("k", "l"), client.delete("k")) == (b"", [b"", None], 1)
    with client.pipeline() as pipe:
        assert pipe.set("k", 1).get("k").execute() == [True, b"1"]

    def increment(pipe: Any) -> None:
        value = int(pipe.get("k"))
        pipe.multi()
        pipe.set("k", value + 1)

    assert client.transaction(increment, "k") == [True]
    assert recorded.operations == {
        ("invalidate", "ok"): 1, ("set", "ok"): 3, ("get", "hit"): 4, ("get", "miss"): 1,
        ("delete", "ok"): 1, ("other", "ok"): 1,
    }, recorded.operations  # fmt: skip
    assert recorded.value("cache_pool_connections", "idle") == 1
    taken = pool.get_connection("GET") if redis.__version__ < "5.3" else pool.get_connection()
    try:
        client.get("k")
        raise AssertionError("the pool was not exhausted")
    except redis.ConnectionError:
        assert recorded.value("cache_pool_wait_duration_seconds_count") == 1
        assert recorded.errors == {("get", "connection"): 1}
    pool.release(taken)
    with poll(client, recorded.metrics):
        wait_until(lambda: recorded.value("cache_entries") == 1, "the poll has asked")
    assert type(uninstrument(client)) is redis.Redis
    assert client.get("k") == b"2"


def retries(port: int) -> None:
    recorded = Recorded()
    client: Any = redis.Redis(
        port=port, socket_timeout=0.5, retry=Retry(NoBackoff(), 2), retry_on_error=[redis.TimeoutError]
    )
    client.ping()  # older versions retry commands, and not the greeting of a new connection
    instrument(client, recorded.metrics)
    with redis.Redis(port=port) as admin:
        admin.client_pause(60_000, all=False)  # writes alone: who ends it has to be heard
        try:
            client.execute_command("SET", "k", 3)
            raise AssertionError("the server answered")
        except redis.TimeoutError:
            assert recorded.errors == {("set", "timeout"): 1}
            assert (recorded.value("cache_retries_total") or 0) >= 2
        finally:
            admin.client_unpause()


async def closing(client: Any) -> None:
    # It has been `aclose` since 5.0.1.
    await (client.aclose() if hasattr(client, "aclose") else client.close())


async def asynchronous(port: int) -> None:
    recorded = Recorded()
    client: Any = instrument(redis.asyncio.Redis(port=port), recorded.metrics)
    await client.set("k", 1)
    assert [await client.get("k"), await client.get("none")] == [b"1", None]
    async with client.pipeline(transaction=True) as pipe:
        assert await pipe.get("k").get("none").execute() == [b"1", None]
    async with poll(client, recorded.metrics):
        while recorded.value("cache_entries") != 1:
            await asyncio.sleep(0.01)
    assert recorded.operations == {("set", "ok"): 1, ("get", "hit"): 2, ("get", "miss"): 2}
    assert recorded.value("cache_pool_connections", "idle") == 1
    await closing(client)


async def asynchronous_waiting(port: int) -> None:
    recorded = Recorded()
    pool: Any = redis.asyncio.BlockingConnectionPool(port=port, max_connections=1, timeout=0.05)
    client: Any = instrument(redis.asyncio.Redis(connection_pool=pool), recorded.metrics)
    assert await client.get("none") is None
    assert recorded.value("cache_pool_connections", "idle") == 1
    assert recorded.value("cache_pool_limit") == 1
    assert recorded.value("cache_pool_wait_duration_seconds_count") == 0
    taken = await (pool.get_connection("GET") if redis.__version__ < "5.3" else pool.get_connection())
    assert recorded.value("cache_pool_connections", "in_use") == 1
    try:
        await client.get("none")
        raise AssertionError("the pool was not exhausted")
    except redis.ConnectionError:
        assert recorded.value("cache_pool_wait_duration_seconds_count") == 1
        assert recorded.errors == {("get", "connection"): 1}
    await pool.release(taken)
    assert await client.get("none") is None
    assert type(uninstrument(client).connection_pool) is redis.asyncio.BlockingConnectionPool
    await closing(client)
    await pool.disconnect()


def modules(port: int) -> None:
    recorded = Recorded()
    client: Any = instrument(redis.Redis(port=port), recorded.metrics)
    for module in (client.json(), client.ft("index"), client.ts()):
        pipe = module.pipeline(transaction=False)
        pipe.execute_command("GET", "none")
        assert pipe.execute() == [None]
    assert recorded.operations == {("get", "miss"): 3}
    client.close()


async def asynchronous_modules(port: int) -> None:
    recorded = Recorded()
    client: Any = instrument(redis.asyncio.Redis(port=port), recorded.metrics)
    pipe = client.ft("index").pipeline(transaction=False)
    pipe.execute_command("GET", "none")
    assert await pipe.execute() == [None]
    assert recorded.operations == {("get", "miss"): 1}
    await closing(client)


def clustered(port: int) -> None:
    recorded = Recorded()
    client: Any = instrument(redis.RedisCluster(host="127.0.0.1", port=port), recorded.metrics)
    for number in range(9):
        client.set(f"k{number}", 1)
    assert client.mget_nonatomic(*(f"k{number}" for number in range(9)), "none") == [b"1"] * 9 + [None]
    with client.pipeline() as pipe:
        assert pipe.get("k1").get("none").execute() == [b"1", None]
    assert recorded.operations == {("set", "ok"): 9, ("get", "hit"): 10, ("get", "miss"): 2}
    assert (recorded.value("cache_pool_connections", "idle") or 0) >= 1
    client.close()


async def asynchronous_clustered(port: int) -> None:
    recorded = Recorded()
    client: Any = instrument(redis.asyncio.RedisCluster(host="127.0.0.1", port=port), recorded.metrics)
    assert await client.get("k1") == b"1"
    async with client.pipeline() as pipe:
        assert await pipe.get("k1").get("none").execute() == [b"1", None]
    assert recorded.operations == {("get", "hit"): 2, ("get", "miss"): 1}
    await closing(client)


def main(port: int, cluster_port: int) -> None:
    sync(port)
    retries(port)
    asyncio.run(asynchronous(port))
    asyncio.run(asynchronous_waiting(port))
    modules(port)
    asyncio.run(asynchronous_modules(port))
    clustered(cluster_port)
    asyncio.run(asynchronous_clustered(cluster_port))
    print(redis.__version__)  # noqa: T201  -- which version it was is what the caller asks for


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
