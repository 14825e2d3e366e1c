"""Clusters, and clients that a Sentinel hands out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import redis
import redis.asyncio
import redis.asyncio.sentinel
import redis.sentinel
from redis.backoff import NoBackoff
from redis.retry import Retry

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.clusters import cluster, sentinel
from tests.integration.instrument.programs import newest_redis, program
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server

#: Untyped in redis-py.
SENTINEL: Any = redis.sentinel.Sentinel
ASYNC_SENTINEL: Any = redis.asyncio.sentinel.Sentinel

KEYS = [f"key{number}" for number in range(20)]


@pytest.fixture(scope="module", params=["redis7", "redis8"])
def nodes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    located = program("redis-server") if request.param == "redis7" else newest_redis()
    with cluster(located, tmp_path_factory.mktemp("cluster")) as servers:
        yield servers


@pytest.fixture
def client(nodes: list[Server]) -> Iterator[Any]:
    with redis.RedisCluster(host="127.0.0.1", port=nodes[0].port) as plain:
        plain.flushall(target_nodes="primaries")
        yield plain


def test_commands_go_to_their_nodes_and_are_counted_once(client: Any, recorded: Recorded) -> None:
    instrument(client, recorded.metrics)
    for key in KEYS:
        client.set(key, key)
    assert [client.get(key) for key in KEYS] == [key.encode() for key in KEYS]
    assert client.get("none") is None
    assert recorded.operations == {("set", "ok"): 20, ("get", "hit"): 20, ("get", "miss"): 1}
    assert (recorded.value("cache_pool_connections", "idle") or 0) >= 3


def test_one_command_on_keys_of_several_nodes(client: Any, recorded: Recorded) -> None:
    client.mset_nonatomic(dict.fromkeys(KEYS, "v"))
    instrument(client, recorded.metrics)
    assert client.mget_nonatomic(*KEYS, "none") == [b"v"] * 20 + [None]
    assert client.delete(*KEYS) == 20
    assert recorded.operations == {("get", "hit"): 20, ("get", "miss"): 1, ("delete", "ok"): 20}


def test_a_pipeline_over_several_nodes(client: Any, recorded: Recorded) -> None:
    instrument(client, recorded.metrics)
    with client.pipeline() as pipe:
        for key in KEYS:
            pipe.set(key, 1).get(key).get("none")
        assert pipe.execute() == [True, b"1", None] * 20
    assert recorded.operations == {("set", "ok"): 20, ("get", "hit"): 20, ("get", "miss"): 20}


def test_taken_off_a_cluster_records_no_more(client: Any, recorded: Recorded) -> None:
    uninstrument(instrument(client, recorded.metrics))
    assert type(client) is redis.RedisCluster
    client.get("k")
    assert recorded.operations == {}
    assert recorded.value("cache_pool_limit") is None


def test_an_asyncio_cluster(nodes: list[Server], recorded: Recorded) -> None:
    async def main() -> None:
        client: Any = redis.asyncio.RedisCluster(host="127.0.0.1", port=nodes[0].port)
        instrument(client, recorded.metrics)
        await client.delete(*KEYS)
        for key in KEYS:
            await client.set(key, 1)
        assert await client.mget_nonatomic(*KEYS, "none") == [b"1"] * 20 + [None]
        async with client.pipeline() as pipe:
            assert await pipe.get("key1").get("none").execute() == [b"1", None]
        assert (recorded.value("cache_pool_connections", "idle") or 0) >= 3
        uninstrument(client)
        assert type(client) is redis.asyncio.RedisCluster
        await client.aclose()

    asyncio.run(main())
    counted = {("delete", "ok"): 20, ("set", "ok"): 20, ("get", "hit"): 21, ("get", "miss"): 2}
    assert recorded.operations == counted


def test_a_node_that_hangs(tmp_path_factory: pytest.TempPathFactory, recorded: Recorded) -> None:
    with cluster(program("redis-server"), tmp_path_factory.mktemp("hanging")) as servers:
        options: dict[str, Any] = {"socket_timeout": 0.1, "retry": Retry(NoBackoff(), 2)}
        with redis.RedisCluster(host="127.0.0.1", port=servers[0].port, **options) as client:
            instrument(client, recorded.metrics)
            node = client.get_node_from_key("key1")
            hanging = next(server for server in servers if node is not None and server.port == node.port)
            with hanging.hung(), pytest.raises((redis.TimeoutError, redis.ConnectionError)):
                client.get("key1")
    assert sum(recorded.errors.values()) == 1
    assert {kind for _, kind in recorded.errors} <= {"timeout", "connection"}
    assert recorded.value("cache_retries_total") == 2


def test_what_a_sentinel_hands_out_is_observed(tmp_path_factory: pytest.TempPathFactory, recorded: Recorded) -> None:
    with sentinel(program("redis-server"), tmp_path_factory.mktemp("sentinel"), "shop") as watcher:
        asked: Any = instrument(SENTINEL([("127.0.0.1", watcher.port)]), recorded.metrics)
        with asked.master_for("shop") as client:
            client.set("k", 1)
            assert client.get("k") == b"1"
        unwatched = uninstrument(asked).master_for("shop")
        unwatched.get("k")
        unwatched.close()
        assert recorded.operations == {("set", "ok"): 1, ("get", "hit"): 1}

        async def main() -> None:
            seeking: Any = ASYNC_SENTINEL([("127.0.0.1", watcher.port)])
            client = instrument(seeking, recorded.metrics).master_for("shop")
            assert await client.get("k") == b"1"
            await client.aclose()
            for each in seeking.sentinels:
                await each.aclose()

        asyncio.run(main())
        assert recorded.operations == {("set", "ok"): 1, ("get", "hit"): 2}
        for each in asked.sentinels:
            each.close()
