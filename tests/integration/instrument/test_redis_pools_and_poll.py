"""Pools that clients share, and what a server says of itself."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
from typing import Any

import pytest
import redis
import redis.asyncio

from stackgen.instrument import instrument, uninstrument
from stackgen.instrument.health import Health
from stackgen.instrument.redis import poll
from tests.integration.instrument.clusters import cluster
from tests.integration.instrument.moments import stops_at_any_moment
from tests.integration.instrument.programs import program
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server, redis_server, running
from tests.waiting import wait_until

BLOCKING_POOL: Any = redis.BlockingConnectionPool


def test_connections_in_use_and_idle_and_their_limit(redis_port: int, recorded: Recorded) -> None:
    pool: Any = redis.ConnectionPool(port=redis_port, max_connections=7)
    client = instrument(redis.Redis(connection_pool=pool), recorded.metrics)
    taken = [pool.get_connection() for _ in range(3)]
    pool.release(taken.pop())
    assert recorded.value("cache_pool_connections", "in_use") == 2
    assert recorded.value("cache_pool_connections", "idle") == 1
    assert recorded.value("cache_pool_limit") == 7
    uninstrument(client)
    assert recorded.value("cache_pool_limit") is None
    pool.disconnect()


def test_clients_that_share_a_pool_count_it_once(redis_port: int, recorded: Recorded) -> None:
    pool = BLOCKING_POOL(port=redis_port, max_connections=4)
    first, second = (instrument(redis.Redis(connection_pool=pool), recorded.metrics) for _ in range(2))
    other = Recorded()
    third = instrument(redis.Redis(port=redis_port, max_connections=5), recorded.metrics)
    assert recorded.value("cache_pool_limit") == 9
    instrument(second, other.metrics)
    first.get("k")
    uninstrument(first)
    assert recorded.value("cache_pool_limit") == 5
    assert other.value("cache_pool_connections", "idle") == 1
    uninstrument(second)
    assert type(pool) is redis.BlockingConnectionPool
    for client in (first, second, third):
        client.close()
    pool.disconnect()


def test_the_metrics_keep_no_client_alive(redis_port: int, recorded: Recorded) -> None:
    client = instrument(redis.Redis(port=redis_port, max_connections=5), recorded.metrics)
    assert recorded.value("cache_pool_limit") == 5
    client.close()
    del client
    gc.collect()
    assert recorded.value("cache_pool_limit") == 0


def test_what_the_server_says_of_itself(own_redis: Server, recorded: Recorded) -> None:
    with redis.Redis(port=own_redis.port) as client:
        client.config_set("maxmemory", 50 * 2**20)
        client.set("k", "v")
        instrument(client, recorded.metrics)
        with poll(client, recorded.metrics, every=0.02):
            wait_until(lambda: recorded.value("cache_entries") == 1, "the poll has asked")
            client.config_set("maxmemory-policy", "allkeys-random")
            client.set("l", "v")
            wait_until(lambda: recorded.value("cache_entries") == 2, "the poll asks again")
            client.config_set("maxmemory", 1)
            client.eval("return 1", 0)
            wait_until(lambda: recorded.value("cache_evictions_total") == 2, "the evictions were seen")
        assert recorded.value("cache_size_limit_bytes") == 1
        assert (recorded.value("cache_size_bytes") or 0) > 500_000
        assert (recorded.value("cache_fragmentation_ratio") or 0) > 0
        assert not [thread for thread in threading.enumerate() if thread.name == "stackgen-redis-poll"]
        # The application did not do what the poll did.
        assert recorded.operations == {("other", "ok"): 3, ("set", "ok"): 1}


def test_the_same_as_a_task(own_redis: Server, recorded: Recorded) -> None:
    async def main() -> None:
        client = instrument(redis.asyncio.Redis(port=own_redis.port), recorded.metrics)
        await client.set("k", "v")
        async with poll(client, recorded.metrics, every=0.02):
            async with asyncio.timeout(60):
                while recorded.value("cache_entries") != 1:
                    await asyncio.sleep(0.01)  # between two looks
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await client.aclose()

    asyncio.run(main())
    assert recorded.operations == {("set", "ok"): 1}


def test_the_nodes_of_a_cluster_together(tmp_path_factory: pytest.TempPathFactory, recorded: Recorded) -> None:
    with (
        cluster(program("redis-server"), tmp_path_factory.mktemp("polled")) as servers,
        redis.RedisCluster(host="127.0.0.1", port=servers[0].port) as client,
    ):
        for number in range(30):
            client.set(f"key{number}", 1)
        with poll(client, recorded.metrics, every=0.02):
            wait_until(lambda: recorded.value("cache_entries") == 30, "all nodes were asked")
        assert recorded.value("cache_size_limit_bytes") == 0


def test_a_server_that_hangs_is_told_of_once_and_asked_again(
    own_redis: Server, recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with redis.Redis(port=own_redis.port) as client, poll(client, recorded.metrics, every=0.02, timeout=1):
        wait_until(lambda: recorded.value("cache_entries") == 0, "the poll has asked")
        with own_redis.hung():
            wait_until(lambda: caplog.messages, "the log says so")
        client.set("k", "v")
        wait_until(lambda: recorded.value("cache_entries") == 1, "the poll asks again")
    assert [message.split(",")[0] for message in caplog.messages] == [
        "a Redis server does not say how it is",
        "a Redis server says again how it is",
    ]


def test_a_poll_ends_in_time_while_the_server_hangs(own_redis: Server, recorded: Recorded) -> None:
    with redis.Redis(port=own_redis.port) as client, own_redis.hung():
        polling = poll(client, recorded.metrics, every=60, timeout=0.2)
        polling.start()
        polling.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "stackgen-redis-poll"]


def test_a_poll_goes_on_whatever_a_round_ends_in(own_redis: Server, caplog: pytest.LogCaptureFixture) -> None:
    recorded = Recorded()
    asked = []

    class Faulty:
        """Metrics of somebody's own, which do not take the first numbers."""

        def __getattr__(self, name: str) -> Any:
            return getattr(recorded.metrics, name)

        def set_entries(self, entries: float) -> None:
            asked.append(entries)
            if len(asked) < 3:
                raise ZeroDivisionError
            recorded.metrics.set_entries(entries)

    metrics: Any = Faulty()
    with redis.Redis(port=own_redis.port) as client, poll(client, metrics, every=0.02):
        wait_until(lambda: recorded.value("cache_entries") == 0, "the poll has asked again")
    assert "stackgen-redis-poll failed; it is tried again" in caplog.text


def polls() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "stackgen-redis-poll"]


def test_a_forked_child_polls_only_if_it_is_told_to(own_redis: Server, recorded: Recorded) -> None:
    with redis.Redis(port=own_redis.port) as client, poll(client, recorded.metrics, every=60) as polling:
        pid = os.fork()
        if not pid:
            before = len(polls())
            polling.start()
            os._exit(0 if (before, len(polls())) == (0, 1) else 1)
        assert os.waitpid(pid, 0)[1] == 0


def test_a_poll_can_be_started_twice_stopped_twice_and_started_again(own_redis: Server, recorded: Recorded) -> None:
    with redis.Redis(port=own_redis.port) as client:
        polling = poll(client, recorded.metrics, every=0.02)
        for _ in range(2):
            polling.start()
            polling.start()
            assert len(polls()) == 1
            wait_until(lambda: recorded.value("cache_entries") == 0, "the poll has asked")
            polling.stop()
            polling.stop()
            assert not polls()

    async def main() -> None:
        async_client = redis.asyncio.Redis(port=own_redis.port)
        polling = poll(async_client, recorded.metrics, every=60)
        for _ in range(2):
            polling.start()
            polling.start()
            assert len(asyncio.all_tasks()) == 2
            await polling.stop()
            await polling.stop()
            assert asyncio.all_tasks() == {asyncio.current_task()}
        await async_client.aclose()

    asyncio.run(main())


def test_a_task_that_is_stopped_at_any_moment_ends(redis_port: int, recorded: Recorded) -> None:
    async def main() -> None:
        client = redis.asyncio.Redis(port=redis_port)
        await stops_at_any_moment(lambda: poll(client, recorded.metrics, every=3600))
        await client.aclose()

    asyncio.run(main())


def test_over_a_unix_socket(tmp_path_factory: pytest.TempPathFactory, recorded: Recorded) -> None:
    folder = tmp_path_factory.mktemp("socket")
    with (
        running(redis_server(program("redis-server"), folder, "--unixsocket", str(folder / "s"))),
        redis.Redis(unix_socket_path=str(folder / "s")) as client,
    ):
        client.set("k", "v")
        with poll(instrument(client, recorded.metrics), recorded.metrics):
            wait_until(lambda: recorded.value("cache_entries") == 1, "the poll has asked")
        assert Health(recorded.metrics, client)().status == "healthy"
