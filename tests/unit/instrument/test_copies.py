"""A copy of an observed object is a plain one, and works on itself."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import Any

import aiocache
import pytest
import redis
import redis.asyncio
from dogpile.cache import make_region

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.recorded import Recorded

COPIES = {"copied": copy.copy, "pickled": lambda target: pickle.loads(pickle.dumps(target))}


@pytest.mark.parametrize("how", COPIES.values(), ids=COPIES)
def test_of_a_cache_of_aiocache(how: Any) -> None:
    recorded = Recorded("local")
    cache: Any = instrument(aiocache.SimpleMemoryCache(namespace="first"), recorded.metrics)
    copied = how(cache)
    assert type(copied) is aiocache.SimpleMemoryCache
    copied.namespace = "second"

    async def main() -> None:
        await copied.set("k", 1)
        assert await copied.get("k") == 1
        assert await cache.get("k") is None
        await copied.clear()

    asyncio.run(main())
    assert recorded.operations == {("get", "miss"): 1}
    assert set(vars(copied)) == set(vars(uninstrument(cache)))


@pytest.mark.parametrize("make", [redis.Redis, redis.asyncio.Redis])
def test_of_a_client_of_redis(make: Any) -> None:
    recorded = Recorded()
    client = make(port=1)
    attributes = set(vars(client))
    copied = copy.copy(instrument(client, recorded.metrics))
    assert type(copied) is make
    assert set(vars(copied)) == attributes
    assert copied.connection_pool is client.connection_pool
    assert set(vars(uninstrument(client))) == attributes


def test_of_a_region_of_dogpile() -> None:
    recorded = Recorded("local")
    region: Any = instrument(make_region().configure("dogpile.cache.memory"), recorded.metrics)
    copied = copy.copy(region)
    copied.set("k", 1)
    assert copied.get("k") == 1
    assert recorded.operations == {}
    assert region.get("k") == 1
    assert recorded.operations == {("get", "hit"): 1}
