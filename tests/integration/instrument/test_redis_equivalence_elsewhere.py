"""Observed clients of clusters, and those that cache themselves, give and raise what plain ones do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import redis
import redis.asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.cache import CacheConfig

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.clusters import cluster
from tests.integration.instrument.programs import newest_redis
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server
from tests.integration.instrument.test_redis_equivalence import CALLS, EXAMPLES, STEPS, perform, perform_async

FEWER = settings(EXAMPLES, max_examples=20)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    with cluster(newest_redis(), tmp_path_factory.mktemp("cluster")) as servers:
        yield servers


#: A cluster takes no command that names keys of several nodes, which is one of the failures to be the same.
CLUSTER_STEPS = st.one_of(CALLS, st.tuples(st.just(False), st.booleans(), st.lists(CALLS, max_size=5)))


@pytest.fixture(scope="module")
def clients(nodes: list[Server]) -> Iterator[tuple[Any, Any]]:
    """Two clients of the cluster: to make one asks for all of its nodes."""
    with (
        redis.RedisCluster(host="127.0.0.1", port=nodes[0].port) as plain,
        redis.RedisCluster(host="127.0.0.1", port=nodes[0].port) as observed,
    ):
        yield plain, observed


@given(steps=st.lists(CLUSTER_STEPS, min_size=1, max_size=12))
@FEWER
def test_a_cluster(clients: tuple[Any, Any], steps: list[Any]) -> None:
    plain, observed = clients

    def outcomes(client: Any) -> list[Any]:
        plain.flushall(target_nodes="primaries")
        return [perform(client, step) for step in steps]

    expected = outcomes(plain)
    instrument(observed, Recorded().metrics)
    assert outcomes(observed) == expected
    assert outcomes(uninstrument(observed)) == expected


@given(rounds=st.lists(st.lists(CLUSTER_STEPS, min_size=1, max_size=12), min_size=10, max_size=10))
@settings(FEWER, max_examples=3)
def test_a_cluster_with_asyncio(nodes: list[Server], rounds: list[list[Any]]) -> None:
    async def main() -> None:
        plain, observed = (redis.asyncio.RedisCluster(host="127.0.0.1", port=nodes[0].port) for _ in range(2))
        instrument(observed, Recorded().metrics)

        async def outcomes(client: Any, steps: list[Any]) -> list[Any]:
            await plain.flushall(target_nodes="primaries")
            return [await perform_async(client, step) for step in steps]

        try:
            for steps in rounds:
                assert await outcomes(observed, steps) == await outcomes(plain, steps)
        finally:
            await plain.aclose()
            await observed.aclose()

    asyncio.run(main())


#: Plain clients that cache wait in vain for the answer to some MGETs, until their time-out, with redis-py 8.1.
CACHED_STEPS = STEPS.filter(lambda step: step[0] != "mget")


@given(steps=st.lists(CACHED_STEPS, min_size=1, max_size=12))
@settings(FEWER, max_examples=8)
def test_a_client_that_caches_itself(new_redis: Server, steps: list[Any]) -> None:
    # One after the other: the server tells each of what the other one changes, whenever that comes.
    def outcomes(metrics: Any) -> tuple[list[Any], int]:
        with redis.Redis(port=new_redis.port, db=1, protocol=3, cache_config=CacheConfig()) as client:
            client.flushdb()
            if metrics is not None:
                instrument(client, metrics)
            # Again, for what is in the cache by then.
            return [perform(client, step) for _ in range(2) for step in steps], client.get_cache().size

    assert outcomes(Recorded().metrics) == outcomes(None)
