"""Functions that cachier keeps the values of in a real Redis."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import cachier
import pytest
import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server


def decorated(client: Any, **options: Any) -> Any:
    @cachier.cachier(backend="redis", redis_client=client, **options)  # type: ignore[untyped-decorator]
    def square(number: int) -> int:
        if number < 0:
            raise ValueError("negative")
        return number * number

    square.clear_cache()
    return square


def test_hits_misses_and_loads(redis_port: int) -> None:
    recorded = Recorded()
    with redis.Redis(port=redis_port) as client:
        function = instrument(decorated(client), recorded.metrics)
        assert [function(2), function(2), function(0), function(0)] == [4, 4, 0, 0]
        with pytest.raises(ValueError, match="negative"):
            function(-1)
        assert recorded.operations == {("get", "hit"): 2, ("get", "miss"): 3, ("set", "ok"): 2}
        assert recorded.value("cache_load_duration_seconds_count", "ok") == 2
        assert recorded.value("cache_load_duration_seconds_count", "error") == 1
        function.clear_cache()
        assert recorded.operations[("invalidate", "ok")] == 1
        assert uninstrument(function)(2) == 4
        assert recorded.operations[("get", "miss")] == 3


def test_a_value_that_is_stale_is_computed_again(redis_port: int) -> None:
    recorded = Recorded()
    with redis.Redis(port=redis_port) as client:
        function = instrument(decorated(client, stale_after=timedelta(0)), recorded.metrics)
        assert [function(2), function(2)] == [4, 4]
    assert recorded.operations == {("get", "miss"): 2, ("set", "ok"): 2}
    assert recorded.value("cache_recalculations_total") == 1


def test_asynchronous_functions(new_redis: Server) -> None:
    recorded = Recorded()
    clients: dict[Any, Any] = {}

    async def client() -> Any:
        loop = asyncio.get_running_loop()
        if loop not in clients:
            clients[loop] = redis.asyncio.Redis(port=new_redis.port)
        return clients[loop]

    @cachier.cachier(backend="redis", redis_client=client)  # type: ignore[untyped-decorator]
    async def cube(number: int) -> int:
        return number**3

    async def main() -> None:
        await (await client()).flushall()
        instrument(cube, recorded.metrics)
        assert [await cube(2), await cube(2)] == [8, 8]
        await (await client()).aclose()

    asyncio.run(main())
    assert recorded.operations == {("get", "miss"): 1, ("get", "hit"): 1, ("set", "ok"): 1}


@pytest.mark.filterwarnings("ignore:Redis .* failed")
def test_a_redis_that_is_gone_is_a_miss_for_cachier_and_an_error_for_its_client(own_redis: Server) -> None:
    recorded, of_client = Recorded(), Recorded(cache="client")
    with redis.Redis(port=own_redis.port, retry=Retry(NoBackoff(), 0)) as client:
        instrument(client, of_client.metrics)
        function = instrument(decorated(client), recorded.metrics)
        own_redis.stop()
        assert function(2) == 4
    assert recorded.operations[("get", "miss")] == 1
    assert not recorded.errors
    assert of_client.errors[("get", "connection")] >= 1
    assert {kind for _, kind in of_client.errors} == {"connection"}
