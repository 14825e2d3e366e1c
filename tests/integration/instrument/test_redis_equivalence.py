"""An observed client of Redis gives and raises what a plain one does, whatever it is asked."""

from __future__ import annotations

import asyncio
import gc
import re
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import redis
import redis.asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.recorded import Recorded

KEYS = st.sampled_from(["a", "b", "list", "hash"])
FIELDS = st.sampled_from(["x", "y"])
VALUES = st.one_of(st.integers(-3, 3), st.binary(max_size=3), st.text(max_size=3), st.none())

#: (name of the method, its arguments): what it does depends on what was stored before, failures among it.
CALLS = st.one_of(
    st.tuples(st.just("get"), st.tuples(KEYS)),
    st.tuples(st.just("set"), st.tuples(KEYS, VALUES)),
    st.tuples(st.just("getset"), st.tuples(KEYS, VALUES)),
    st.tuples(st.just("getdel"), st.tuples(KEYS)),
    st.tuples(st.just("getex"), st.tuples(KEYS)),
    st.tuples(st.just("mget"), st.tuples(st.lists(KEYS, max_size=3))),
    st.tuples(st.just("mset"), st.tuples(st.dictionaries(KEYS, VALUES, max_size=2))),
    st.tuples(st.just("delete"), st.lists(KEYS, max_size=3).map(tuple)),
    st.tuples(st.just("incr"), st.tuples(KEYS)),
    st.tuples(st.just("append"), st.tuples(KEYS, VALUES)),
    st.tuples(st.just("hset"), st.tuples(KEYS, FIELDS, VALUES)),
    st.tuples(st.just("hget"), st.tuples(KEYS, FIELDS)),
    st.tuples(st.just("hmget"), st.tuples(KEYS, st.lists(FIELDS, max_size=2))),
    st.tuples(st.just("hgetall"), st.tuples(KEYS)),
    st.tuples(st.just("hdel"), st.tuples(KEYS, FIELDS)),
    st.tuples(st.just("lpush"), st.tuples(KEYS, st.integers(0, 3))),
    st.tuples(st.just("lrange"), st.tuples(KEYS, st.just(0), st.just(-1))),
    st.tuples(st.just("expire"), st.tuples(KEYS, st.just(100))),
    st.tuples(st.just("exists"), st.tuples(KEYS)),
    st.tuples(st.just("eval"), st.tuples(st.just("return redis.call('GET', KEYS[1])"), st.just(1), KEYS)),
    st.tuples(st.just("flushdb"), st.just(())),
    st.tuples(
        st.just("execute_command"), st.lists(st.sampled_from(["get", b"MGET", "NONSENSE", 1]), max_size=3).map(tuple)
    ),
)  # fmt: skip

#: A single call, or a pipeline of some: (in a transaction, raising at the first error, its calls).
STEPS = st.one_of(CALLS, st.tuples(st.booleans(), st.booleans(), st.lists(CALLS, max_size=5)))

EXAMPLES = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcome(call: Callable[[], Any]) -> Any:
    """What a call gave, or what it raised."""
    try:
        return comparable(call())
    except Exception as error:  # noqa: BLE001  -- whatever it is, both clients have to raise it
        return type(error), str(error)


def comparable(value: Any) -> Any:
    if isinstance(value, list):
        return [comparable(each) for each in value]
    return (type(value), str(value)) if isinstance(value, Exception) else value


def perform(client: redis.Redis, step: Any) -> Any:
    if len(step) == 2:
        name, arguments = step
        return outcome(lambda: getattr(client, name)(*arguments))
    transaction, raising, calls = step

    def run() -> list[Any]:
        with client.pipeline(transaction=transaction) as pipe:
            for name, arguments in calls:
                getattr(pipe, name)(*arguments)
            return pipe.execute(raise_on_error=raising)

    return outcome(run)


async def perform_async(client: redis.asyncio.Redis, step: Any) -> Any:
    try:
        if len(step) == 2:
            name, arguments = step
            return comparable(await getattr(client, name)(*arguments))
        transaction, raising, calls = step
        async with client.pipeline(transaction=transaction) as pipe:
            for name, arguments in calls:
                getattr(pipe, name)(*arguments)
            return comparable(await pipe.execute(raise_on_error=raising))
    except Exception as error:  # noqa: BLE001
        return type(error), str(error)


@given(steps=st.lists(STEPS, min_size=1, max_size=12), decode=st.booleans(), protocol=st.sampled_from([2, 3]))
@EXAMPLES
def test_the_same_values_and_exceptions(redis_port: int, steps: list[Any], decode: bool, protocol: int) -> None:
    options: dict[str, Any] = {"port": redis_port, "decode_responses": decode, "protocol": protocol}
    with redis.Redis(db=1, **options) as plain, redis.Redis(db=2, **options) as observed:
        instrument(observed, Recorded().metrics)
        plain.flushdb()
        uninstrument(observed).flushdb()
        instrument(observed, Recorded().metrics)
        assert [perform(observed, step) for step in steps] == [perform(plain, step) for step in steps]
        uninstrument(observed)
        assert [perform(observed, step) for step in steps] == [perform(plain, step) for step in steps]


@given(steps=st.lists(STEPS, min_size=1, max_size=12), decode=st.booleans())
@EXAMPLES
def test_the_same_of_asyncio(redis_port: int, steps: list[Any], decode: bool) -> None:
    async def main() -> tuple[list[Any], list[Any]]:
        plain = redis.asyncio.Redis(port=redis_port, db=1, decode_responses=decode)
        observed = instrument(redis.asyncio.Redis(port=redis_port, db=2, decode_responses=decode), Recorded().metrics)
        try:
            await plain.flushdb()
            await observed.flushdb()
            return [await perform_async(observed, s) for s in steps], [await perform_async(plain, s) for s in steps]
        finally:
            await plain.aclose()
            await observed.aclose()

    of_observed, of_plain = asyncio.run(main())
    assert of_observed == of_plain


def test_the_object_is_the_same_and_says_the_same_of_itself(redis_port: int) -> None:
    with redis.Redis(port=redis_port) as client:
        said, attributes, retry = repr(client), set(vars(client)), client.get_retry()
        assert instrument(client, Recorded().metrics) is client
        assert type(client) is redis.Redis
        assert re.sub("0x[0-9a-f]+", "", repr(client)) == re.sub("0x[0-9a-f]+", "", said)
        assert client.get_retry() == retry
        assert type(client.pipeline()).__name__ == "Pipeline"
        assert uninstrument(client) is client
        assert type(client) is redis.Redis
        assert (repr(client), set(vars(client))) == (said, attributes)
        assert client.get_retry() is retry


def test_what_is_let_go_of_is_freed_a_pipeline_at_once(redis_port: int) -> None:
    client: Any = instrument(redis.Redis(port=redis_port), Recorded().metrics)
    pipe = client.pipeline()
    pipe.get("a").execute()
    client.connection_pool.disconnect()
    client_gone, pipe_gone = weakref.ref(client), weakref.ref(pipe)
    del pipe
    assert pipe_gone() is None
    del client
    gc.collect()
    assert client_gone() is None


def test_instrumented_twice_it_counts_once_and_for_the_last(redis_port: int) -> None:
    first, last = Recorded(), Recorded()
    with redis.Redis(port=redis_port) as client:
        instrument(instrument(client, first.metrics), last.metrics)
        client.get("none")
        uninstrument(uninstrument(client)).get("none")
    assert first.operations == {}
    assert last.operations == {("get", "miss"): 1}


def test_a_wrapper_put_on_by_somebody_else_is_called_too(redis_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    plain: Any = redis.Redis.execute_command

    def traced(self: Any, *args: Any, **options: Any) -> Any:
        seen.append(args[0])
        return plain(self, *args, **options)

    with redis.Redis(port=redis_port) as client:
        instrument(client, Recorded().metrics)
        monkeypatch.setattr(redis.Redis, "execute_command", traced)
        client.get("a")
    assert seen == ["GET"]


def test_what_cannot_be_instrumented_says_so() -> None:
    untyped: Any = redis.ConnectionPool
    pool = untyped()
    with pytest.raises(TypeError, match=r"cannot instrument builtins\.dict: it belongs to none of redis"):
        instrument({}, Recorded().metrics)
    with pytest.raises(TypeError, match=r"ConnectionPool: give a client of redis-py, a pipeline or a Sentinel"):
        instrument(pool, Recorded().metrics)
