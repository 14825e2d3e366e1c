"""Caches of aiocache give what they gave, in memory and on real servers, and what is done with them is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiocache
import aiocache.plugins
import pytest
import redis.asyncio
from aiocache.serializers import PickleSerializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackgen.instrument import instrument, uninstrument
from stackgen.instrument.aiocache import MetricsPlugin
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server, silent_port

KINDS = ["memory", "redis", "memcached"]
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def port(kind: str, request: pytest.FixtureRequest) -> int:
    """The port of the server that holds the entries, if one does."""
    if kind == "memory":
        return 0
    server: Server = request.getfixturevalue("new_redis" if kind == "redis" else "shared_memcached")
    return server.port


def cache_of(kind: str, port: int, **options: Any) -> Any:
    options = {"serializer": PickleSerializer(), **options}
    if kind == "memory":
        return aiocache.SimpleMemoryCache(**options)
    return (aiocache.RedisCache if kind == "redis" else aiocache.MemcachedCache)(port=port, **options)


KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from([0, "", False, 1, "text", [1]])
DEFAULTS = st.sampled_from([None, 0, "", "default"])
CALLS = st.one_of(
    st.tuples(st.just("get"), st.tuples(KEYS)),
    st.tuples(st.just("get"), st.tuples(KEYS, DEFAULTS)),
    st.tuples(st.just("get"), st.just(())),
    st.tuples(st.just("set"), st.tuples(KEYS, VALUES)),
    st.tuples(st.just("set"), st.tuples(KEYS, VALUES, st.sampled_from([None, 100]))),
    st.tuples(st.just("add"), st.tuples(KEYS, VALUES)),
    st.tuples(st.just("multi_get"), st.tuples(st.lists(KEYS, min_size=1, max_size=3))),
    st.tuples(st.just("multi_set"), st.tuples(st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=3))),
    st.tuples(st.just("increment"), st.tuples(KEYS, st.just(2))),
    st.tuples(st.sampled_from(["delete", "exists"]), st.tuples(KEYS)),
    st.tuples(st.just("expire"), st.tuples(KEYS, st.just(100))),
    st.tuples(st.just("clear"), st.just(())),
    st.tuples(st.just("set"), st.tuples(KEYS)),
)


async def outcome(cache: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    try:
        return await getattr(cache, name)(*arguments)
    except Exception as error:  # noqa: BLE001  -- whatever it is, both caches have to raise it
        return type(error), str(error)


async def outcomes(cache: Any, calls: list[Any]) -> list[Any]:
    for key in "abc":
        await cache.delete(key)
    # To flush memcached goes by the server's clock, which has seconds.
    can_clear = not isinstance(cache, aiocache.MemcachedCache)
    found = [await outcome(cache, *each) for each in calls if can_clear or each[0] != "clear"]
    await close(cache)
    return found


async def close(cache: Any) -> None:
    if isinstance(cache, aiocache.RedisCache):
        await cache.client.aclose()
    if isinstance(cache, aiocache.MemcachedCache):
        await cache.client.close()


def run(use: Callable[[], Awaitable[Any]]) -> Any:
    return asyncio.run(use())  # type: ignore[arg-type]


@every_kind
@given(calls=st.lists(CALLS, min_size=1, max_size=12))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_values_and_exceptions(kind: str, port: int, calls: list[Any]) -> None:
    async def use() -> None:
        expected = await outcomes(cache_of(kind, port), calls)
        observed = instrument(cache_of(kind, port), Recorded().metrics)
        assert await outcomes(observed, calls) == expected
        plugged = cache_of(kind, port, plugins=[MetricsPlugin(Recorded().metrics)])
        assert await outcomes(plugged, calls) == expected
        # One of aiocache's own plugins fails with calls that the cache takes.
        ratios = [cache_of(kind, port, plugins=[aiocache.plugins.HitMissRatioPlugin()]) for _ in range(2)]
        expected_with_ratios = await outcomes(ratios[0], calls)
        assert await outcomes(instrument(ratios[1], Recorded().metrics), calls) == expected_with_ratios
        released = uninstrument(instrument(cache_of(kind, port), Recorded().metrics))
        assert await outcomes(released, calls) == expected

    run(use)


async def _use(cache: Any) -> None:
    await cache.clear()
    await cache.set("zero", 0)
    assert await cache.get("zero", "default") == 0
    assert await cache.get("missing", "default") == "default"
    assert await cache.get("missing") is None
    assert await cache.multi_get(["zero", "missing"]) == [0, None]
    await cache.multi_set([("a", 1), ("b", 2)])
    await cache.add("c", 3)
    assert await cache.exists("zero")
    await cache.expire("zero", 100)
    await cache.delete("zero")
    async with cache.get_connection() as connection:
        await connection.get("a")


COUNTED = {
    ("get", "hit"): 3, ("get", "miss"): 3, ("set", "ok"): 4, ("delete", "ok"): 1,
    ("other", "ok"): 2, ("invalidate", "ok"): 1,
}  # fmt: skip


@every_kind
def test_what_counts_as_what(kind: str, port: int) -> None:
    recorded = Recorded()

    async def use() -> None:
        cache = instrument(cache_of(kind, port), recorded.metrics)
        await _use(cache)
        with pytest.raises(ValueError, match="exists"):
            await cache.add("c", 4)
        await close(cache)

    run(use)
    assert recorded.operations == {**COUNTED, ("set", "ok"): 5}
    assert not recorded.errors


@every_kind
def test_the_plugin_counts_the_same(kind: str, port: int) -> None:
    recorded = Recorded()

    async def use() -> None:
        cache = cache_of(kind, port, plugins=[MetricsPlugin(recorded.metrics)])
        await _use(cache)
        await close(cache)

    run(use)
    assert recorded.operations == COUNTED


def test_the_plugin_comes_from_a_configuration() -> None:
    handler = aiocache.CacheHandler() if hasattr(aiocache, "CacheHandler") else aiocache.caches
    plugin = {"class": "stackgen.instrument.aiocache.MetricsPlugin", "cache": "configured", "backend": "local"}
    handler.set_config({"default": {"cache": "aiocache.SimpleMemoryCache", "plugins": [plugin]}})
    cache = handler.get("default")
    assert run(lambda: cache.get("missing")) is None
    assert cache.plugins[0].metrics.snapshot().hit_ratio == 0


def test_other_plugins_see_what_they_always_saw() -> None:
    async def use() -> Any:
        cache: Any = aiocache.SimpleMemoryCache(plugins=[aiocache.plugins.HitMissRatioPlugin()])
        instrument(cache, Recorded().metrics)
        await cache.get("missing")
        await cache.set("k", 1)
        await cache.get("k", default="default")
        return cache.hit_miss_ratio

    assert run(use) == {"total": 2, "hits": 1, "hit_ratio": 0.5}


def test_decorated_functions_are_counted_through_their_cache() -> None:
    recorded = Recorded("local")

    @aiocache.cached(namespace="decorated")  # type: ignore[untyped-decorator]
    async def square(number: int) -> int:
        return number * number

    instrument(square.cache, recorded.metrics)

    async def use() -> None:
        assert [await square(2), await square(2)] == [4, 4]

    run(use)
    assert recorded.operations == {("get", "miss"): 1, ("get", "hit"): 1, ("set", "ok"): 1}


@pytest.mark.parametrize("kind", ["redis", "memcached"])
def test_failures_have_their_kinds(kind: str, request: pytest.FixtureRequest) -> None:
    recorded = Recorded()
    server: Server = request.getfixturevalue(f"own_{kind}")

    async def use() -> None:
        plain, observed = (cache_of(kind, server.port) for _ in range(2))
        instrument(observed, recorded.metrics)
        server.stop()
        raised = [await outcome(each, "get", ("k",)) for each in (plain, observed)]
        assert raised[0] == raised[1]
        assert issubclass(raised[0][0], redis.ConnectionError | OSError)
        await close(plain)
        await close(observed)
        with silent_port() as port:
            slow = instrument(cache_of(kind, port, timeout=0.05), recorded.metrics)
            with pytest.raises(TimeoutError):
                await slow.multi_get(["k", "l"])
            await close(slow)

    run(use)
    assert recorded.errors == {("get", "connection"): 1, ("get", "timeout"): 2}
