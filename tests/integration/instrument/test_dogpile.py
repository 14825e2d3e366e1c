"""Regions of dogpile.cache give what they gave; hits, misses, stale values and loads are told apart."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from dogpile.cache import make_region
from dogpile.cache.api import NO_VALUE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server
from tests.waiting import wait_until

KINDS = ["memory", "memory_pickle", "dbm", "redis"]
every_kind = pytest.mark.parametrize("kind", KINDS)
LOADS = "cache_load_duration_seconds_count"


def region_of(kind: str, server: Server | None, folder: Path, expiration_time: float | None = None, **made: Any) -> Any:
    arguments: dict[str, Any] = {}
    if kind == "dbm":
        arguments = {"filename": str(folder / "entries.dbm")}
    if kind == "redis":
        assert server is not None
        arguments = {"host": "127.0.0.1", "port": server.port, "distributed_lock": False}
    region = make_region(**made)
    return region.configure(f"dogpile.cache.{kind}", expiration_time=expiration_time, arguments=arguments)


def failing(*_: Any) -> Any:
    raise LookupError("the source is gone")


KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from([0, "", None, 1, [1]])
CREATORS = st.sampled_from([lambda: 0, lambda: None, lambda: "v", failing])
SHOULD = st.sampled_from([None, lambda value: value is not None])
CALLS = st.one_of(
    st.tuples(st.just("get"), st.tuples(KEYS)),
    st.tuples(st.just("get"), st.tuples(KEYS, st.sampled_from([None, -1, 1000]), st.booleans())),
    st.tuples(st.just("get"), st.just(())),
    st.tuples(st.just("get_multi"), st.tuples(st.lists(KEYS, max_size=3))),
    st.tuples(st.just("set"), st.tuples(KEYS, VALUES)),
    st.tuples(st.just("set_multi"), st.tuples(st.dictionaries(KEYS, VALUES, max_size=3))),
    st.tuples(st.just("get_or_create"), st.tuples(KEYS, CREATORS)),
    st.tuples(st.just("get_or_create"), st.tuples(KEYS, CREATORS, st.sampled_from([None, -1, 0, 1000]), SHOULD)),
    st.tuples(
        st.just("get_or_create"),
        st.tuples(KEYS, st.just(lambda n, m=0: n + m), st.none(), st.none(), st.just(((1,), {"m": 2}))),
    ),
    st.tuples(
        st.just("get_or_create_multi"),
        st.tuples(st.lists(KEYS, max_size=3), st.sampled_from([lambda *keys: list(keys), failing]), st.none(), SHOULD),
    ),
    st.tuples(st.just("delete"), st.tuples(KEYS)),
    st.tuples(st.just("delete_multi"), st.tuples(st.lists(KEYS, max_size=3))),
    st.tuples(st.just("invalidate"), st.just(())),
)


def outcome(region: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    try:
        value = getattr(region, name)(*arguments)
    except Exception as error:  # noqa: BLE001  -- whatever it is, both regions have to raise it
        return type(error), str(error)
    return type(value), value


def outcomes(region: Any, calls: list[Any]) -> list[Any]:
    region.delete_multi(["a", "b", "c"])
    return [outcome(region, *call) for call in calls]


@every_kind
@given(calls=st.lists(CALLS, min_size=1, max_size=12))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_values_and_exceptions(kind: str, new_redis: Server, tmp_path: Path, calls: list[Any]) -> None:
    plain, observed, released = (region_of(kind, new_redis, tmp_path) for _ in range(3))
    expected = outcomes(plain, calls)
    assert outcomes(instrument(observed, Recorded().metrics), calls) == expected
    assert outcomes(uninstrument(instrument(released, Recorded().metrics)), calls) == expected


@every_kind
def test_what_counts_as_what(kind: str, new_redis: Server, tmp_path: Path) -> None:
    recorded = Recorded()
    region = instrument(region_of(kind, new_redis, tmp_path), recorded.metrics)
    region.set("none", None)
    assert region.get("none") is None
    assert region.get("missing") is NO_VALUE
    assert region.get_value_metadata("none").payload is None
    assert region.get_multi(["none", "missing"]) == [None, NO_VALUE]
    assert region.get_or_create("made", lambda: 1) == 1
    assert region.get_or_create("made", lambda: 2) == 1
    assert region.get_or_create("kept out", lambda: 3, should_cache_fn=lambda _: False) == 3
    assert region.get_or_create_multi(["made", "x", "y"], lambda *keys: list(keys)) == [1, "x", "y"]
    region.set_multi({"a": 1, "b": 2})
    region.delete("a")
    region.delete_multi(["made", "x", "y"])
    region.invalidate()
    assert recorded.operations == {
        ("get", "hit"): 5, ("get", "miss"): 6, ("set", "ok"): 6, ("delete", "ok"): 4, ("invalidate", "ok"): 1,
    }  # fmt: skip
    assert recorded.value(LOADS, "ok") == 3
    region.delete_multi(["none", "b"])


def test_decorated_functions_are_counted_whenever_they_were_decorated(tmp_path: Path) -> None:
    recorded = Recorded("local")
    region = region_of("memory", None, tmp_path)

    @region.cache_on_arguments()  # type: ignore[untyped-decorator]
    def square(number: int) -> int:
        return number * number

    instrument(region, recorded.metrics)
    assert [square(2), square(2)] == [4, 4]
    assert square.refresh(2) == 4
    square.invalidate(2)
    assert recorded.operations == {("get", "hit"): 1, ("get", "miss"): 1, ("set", "ok"): 2, ("delete", "ok"): 1}


def test_a_value_that_has_expired_is_a_miss_and_made_again(tmp_path: Path) -> None:
    recorded = Recorded("local")
    region = instrument(region_of("memory", None, tmp_path, expiration_time=1e-9), recorded.metrics)
    region.set("k", 1)
    assert region.get("k") is NO_VALUE
    assert region.get("k", ignore_expiration=True) == 1
    assert region.get_or_create("k", lambda: 2) == 2
    assert recorded.operations == {("get", "miss"): 2, ("get", "hit"): 1, ("set", "ok"): 2}
    assert recorded.value("cache_recalculations_total") == 1


def test_a_value_that_is_served_while_another_one_is_made_is_stale(tmp_path: Path) -> None:
    recorded = Recorded("local")
    threads: list[threading.Thread] = []

    def runner(region: Any, key: str, creator: Callable[[], Any], mutex: Any) -> None:
        def make() -> None:
            try:
                region.set(key, creator())
            finally:
                mutex.release()

        threads.append(threading.Thread(target=make))
        threads[-1].start()

    region = region_of("memory", None, tmp_path, expiration_time=1e-9, async_creation_runner=runner)
    instrument(region, recorded.metrics)
    region.set("k", 1)
    assert region.get_or_create("k", lambda: 2) == 1
    threads[0].join(30)
    assert region.get("k", ignore_expiration=True) == 2
    assert recorded.operations == {("get", "stale"): 1, ("get", "hit"): 1, ("set", "ok"): 2}
    assert recorded.value("cache_recalculations_total") == 1
    assert recorded.value(LOADS, "ok") == 1


def test_who_waits_for_anothers_value_had_a_miss_too(tmp_path: Path) -> None:
    recorded = Recorded("local")
    region = instrument(region_of("memory", None, tmp_path), recorded.metrics)
    may_end, began = threading.Event(), threading.Event()

    def make() -> int:
        began.set()
        assert may_end.wait(30)
        return 1

    threads = [threading.Thread(target=region.get_or_create, args=("k", make)) for _ in range(2)]
    threads[0].start()
    assert began.wait(30)
    waiting = threading.Event()
    plain = region.backend.get

    def get(key: str) -> Any:
        waiting.set()
        return plain(key)

    region.backend.get = get
    threads[1].start()
    wait_until(waiting.is_set, "the second one has looked")
    may_end.set()
    for thread in threads:
        thread.join(30)
    assert recorded.operations == {("get", "miss"): 2, ("set", "ok"): 1}
    assert recorded.value(LOADS, "ok") == 1


def test_failures(own_redis: Server, tmp_path: Path) -> None:
    recorded = Recorded()
    region = instrument(region_of("redis", own_redis, tmp_path), recorded.metrics)
    with pytest.raises(LookupError):
        region.get_or_create("k", failing)
    with pytest.raises(redis.ConnectionError):
        region.get_or_create("k", own_redis.stop)
    with pytest.raises(redis.ConnectionError):
        region.get("k")
    with pytest.raises(redis.ConnectionError):
        region.get_or_create("k", failing)
    with pytest.raises(redis.ConnectionError):
        region.delete_multi(["k", "l"])
    assert recorded.errors == {("set", "connection"): 1, ("get", "connection"): 2, ("delete", "connection"): 2}
    assert recorded.operations[("get", "miss")] == 2
    assert recorded.value(LOADS, "error") == 1


def test_a_method_that_somebody_kept_goes_on_to_work(tmp_path: Path) -> None:
    recorded = Recorded("local")
    region = instrument(region_of("memory", None, tmp_path), recorded.metrics)
    get, make = region.get, region.get_or_create
    uninstrument(region)
    assert get("k") is NO_VALUE
    assert make("k", lambda: 1) == 1
    assert not recorded.operations
