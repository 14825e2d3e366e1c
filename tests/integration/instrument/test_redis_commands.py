"""What each command of Redis counts as, through the clients that there are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis
import redis.asyncio
from redis.cache import CacheConfig

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.recorded import Recorded

Commands = Callable[[Any], None]


@pytest.fixture
def client(redis_port: int, recorded: Recorded) -> Any:
    with redis.Redis(port=redis_port) as plain:
        yield instrument(plain, recorded.metrics)


@pytest.mark.parametrize(
    ("commands", "counted"),
    [
        (lambda c: (c.set("k", ""), c.get("k"), c.get("none")),
         {("set", "ok"): 1, ("get", "hit"): 1, ("get", "miss"): 1}),
        (lambda c: c.execute_command("get", "k"), {("get", "miss"): 1}),
        (lambda c: c.execute_command(b"GET", "k"), {("get", "miss"): 1}),
        (lambda c: (c.set("k", 0), c.mget("k", "l", "m")), {("set", "ok"): 1, ("get", "hit"): 1, ("get", "miss"): 2}),
        (lambda c: (c.hset("h", mapping={"a": 1, "b": 2}), c.hget("h", "a"), c.hget("h", "z")),
         {("set", "ok"): 2, ("get", "hit"): 1, ("get", "miss"): 1}),
        (lambda c: (c.hset("h", "a", 1), c.hmget("h", "a", "y", "z"), c.hgetall("h"), c.hgetall("i")),
         {("set", "ok"): 1, ("get", "hit"): 2, ("get", "miss"): 3}),
        (lambda c: (c.set("k", 1), c.getex("k", ex=9), c.getdel("k"), c.getdel("k")),
         {("set", "ok"): 1, ("get", "hit"): 2, ("get", "miss"): 1}),
        (lambda c: (c.mset({"a": 1, "b": 2}), c.incr("a"), c.append("b", "x"), c.set("a", 1, nx=True)),
         {("set", "ok"): 5}),
        (lambda c: (c.delete("a", "b", "c"), c.unlink("d"), c.hdel("h", "x", "y")), {("delete", "ok"): 6}),
        (lambda c: (c.flushdb(), c.flushall()), {("invalidate", "ok"): 2}),
        (lambda c: (c.eval("return 1", 0), c.lpush("l", 1), c.expire("l", 9), c.exists("l")), {("other", "ok"): 4}),
        # How long it waits for something to come is no latency of the server's.
        (lambda c: c.blpop("nothing", timeout=0.01), {}),
        (lambda c: c.register_script("return redis.call('GET', KEYS[1])")(keys=["k"]), {("other", "ok"): 2}),
    ],
)  # fmt: skip
def test_a_command_counts_as(client: Any, recorded: Recorded, commands: Commands, counted: dict[Any, float]) -> None:
    commands(client)
    assert recorded.operations == counted
    assert not recorded.errors


def test_hash_fields_that_are_read_and_changed_at_once(new_redis: Any, recorded: Recorded) -> None:
    with redis.Redis(port=new_redis.port) as plain:
        plain.flushall()
        client = instrument(plain, recorded.metrics)
        client.hset("h", mapping={"a": 1, "b": 2})
        assert client.hgetex("h", "a", "z", ex=100) == [b"1", None]
        assert client.hgetdel("h", "b") == [b"2"]
    assert recorded.operations == {("set", "ok"): 2, ("get", "hit"): 2, ("get", "miss"): 1}


def test_each_operation_has_the_time_that_its_caller_waited(client: Any, recorded: Recorded) -> None:
    client.eval("local t = redis.call('TIME')[2] for i = 1, 20000000 do t = t + i end return t", 0)
    total = recorded.value("cache_operation_duration_seconds_sum", "other", "ok")
    assert total is not None
    assert 0.02 < total < 30


def test_a_pipeline_counts_its_commands_one_by_one(client: Any, recorded: Recorded) -> None:
    with client.pipeline() as pipe:
        pipe.set("a", 1).get("a").get("b").mget("a", "b").delete("a")
        assert recorded.operations == {}
        assert pipe.execute() == [True, b"1", None, [b"1", None], 1]
        assert pipe.execute() == []
    assert recorded.operations == {("set", "ok"): 1, ("get", "hit"): 2, ("get", "miss"): 2, ("delete", "ok"): 1}


def test_a_pipeline_that_is_reset_counts_nothing_of_what_it_forgot(client: Any, recorded: Recorded) -> None:
    pipe = client.pipeline(transaction=False)
    pipe.get("forgotten")
    pipe.reset()
    pipe.set("a", 1)
    assert pipe.execute() == [True]
    assert recorded.operations == {("set", "ok"): 1}


def test_errors_among_the_answers_of_a_pipeline(client: Any, recorded: Recorded) -> None:
    client.lpush("list", 1)
    pipe = client.pipeline(transaction=False)
    answers = pipe.get("list").set("a", 1).execute(raise_on_error=False)
    assert isinstance(answers[0], redis.ResponseError)
    assert recorded.errors == {("get", "other"): 1}
    assert recorded.operations[("set", "ok")] == 1


def test_a_pipeline_that_raises_gave_its_caller_nothing(client: Any, recorded: Recorded) -> None:
    client.lpush("list", 1)
    pipe = client.pipeline(transaction=False)
    with pytest.raises(redis.ResponseError):
        pipe.get("list").set("a", 1).execute()
    assert recorded.errors == {("get", "other"): 1, ("set", "other"): 1}


def test_transactions_and_what_they_watch(client: Any, recorded: Recorded) -> None:
    client.set("n", 1)

    def increment(pipe: Any) -> None:
        value = int(pipe.get("n"))
        pipe.multi()
        pipe.set("n", value + 1)

    assert client.transaction(increment, "n") == [True]
    assert recorded.operations == {("set", "ok"): 2, ("get", "hit"): 1, ("other", "ok"): 1}


def test_a_transaction_that_somebody_else_was_faster_than_is_no_failure(client: Any, recorded: Recorded) -> None:
    with client.pipeline() as pipe:
        pipe.watch("n")
        client.set("n", 2)
        pipe.multi()
        pipe.set("n", 3)
        with pytest.raises(redis.WatchError):
            pipe.execute()
    assert not recorded.errors


def test_a_value_that_cannot_be_written_or_read(redis_port: int, recorded: Recorded) -> None:
    with redis.Redis(port=redis_port, decode_responses=True) as plain:
        client: Any = instrument(plain, recorded.metrics)
        with pytest.raises(redis.DataError):
            client.set("k", object())
        client.set("k", b"\xff")
        with pytest.raises(UnicodeDecodeError):
            client.get("k")
    assert recorded.errors == {("set", "serialization"): 1, ("get", "serialization"): 1}


def test_answers_from_the_clients_own_cache_are_hits(new_redis: Any, recorded: Recorded) -> None:
    with redis.Redis(port=new_redis.port, protocol=3, cache_config=CacheConfig()) as plain:
        client = instrument(plain, recorded.metrics)
        client.set("k", 1)
        assert [client.get("k") for _ in range(5)] == [b"1"] * 5
        assert client.get_cache().size == 1
    assert recorded.operations == {("set", "ok"): 1, ("get", "hit"): 5}


def test_locks_work_and_count_as_what_they_do(client: Any, recorded: Recorded) -> None:
    with client.lock("lock", timeout=5):
        assert client.exists("lock")
    assert recorded.operations[("set", "ok")] == 1
    assert not recorded.errors


def test_a_client_of_one_connection_counts_too(client: Any, recorded: Recorded) -> None:
    with client.client() as single:
        assert single.get("k") is None
    assert recorded.operations == {("get", "miss"): 1}


def test_what_a_module_was_given_goes_on_to_work_after_the_wrapper_came_off(client: Any, recorded: Recorded) -> None:
    kept = client.execute_command
    uninstrument(client)
    kept("SET", "k", 1)
    assert client.get("k") == b"1"
    assert recorded.operations == {}


# -- asyncio --


def with_async_client(port: int, recorded: Recorded, use: Callable[[Any], Awaitable[None]]) -> None:
    async def main() -> None:
        client = instrument(redis.asyncio.Redis(port=port), recorded.metrics)
        try:
            await use(client)
        finally:
            await client.aclose()

    asyncio.run(main())


def test_an_asyncio_client_counts_the_same(redis_port: int, recorded: Recorded) -> None:
    async def use(client: Any) -> None:
        await client.set("a", "")
        assert [await client.get("a"), await client.get("b"), await client.mget("a", "b")] == [b"", None, [b"", None]]
        await client.delete("a", "b")
        await client.eval("return 1", 0)

    with_async_client(redis_port, recorded, use)
    assert recorded.operations == {
        ("set", "ok"): 1, ("get", "hit"): 2, ("get", "miss"): 2, ("delete", "ok"): 2, ("other", "ok"): 1,
    }  # fmt: skip


def test_asyncio_pipelines_and_transactions(redis_port: int, recorded: Recorded) -> None:
    async def use(client: Any) -> None:
        async with client.pipeline(transaction=False) as pipe:
            assert await pipe.set("a", 1).get("a").get("b").execute() == [True, b"1", None]

        async def increment(pipe: Any) -> None:
            value = int(await pipe.get("a"))
            pipe.multi()
            pipe.set("a", value + 1)

        assert await client.transaction(increment, "a") == [True]

    with_async_client(redis_port, recorded, use)
    assert recorded.operations == {("set", "ok"): 2, ("get", "hit"): 2, ("get", "miss"): 1, ("other", "ok"): 1}


def test_a_caller_that_stops_waiting_counts_as_a_timeout(own_redis: Any, recorded: Recorded) -> None:
    async def use(client: Any) -> None:
        await client.get("k")
        with own_redis.hung(), pytest.raises(TimeoutError):
            await asyncio.wait_for(client.get("k"), 0.05)

    with_async_client(own_redis.port, recorded, use)
    assert recorded.errors == {("get", "timeout"): 1}
