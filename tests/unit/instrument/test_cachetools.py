"""Caches of cachetools give what they gave, and what is done with them is counted once."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import cachetools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.recorded import Recorded


class Doubling(cachetools.LRUCache[Any, Any]):
    """Gives something for what is missing, and stores it."""

    def __missing__(self, key: Any) -> Any:
        if key == "d":
            raise KeyError(key)
        value = self[key] = key * 2
        return value


MAKERS: dict[str, Callable[[], Any]] = {
    "FIFO": lambda: cachetools.FIFOCache(2),
    "LFU": lambda: cachetools.LFUCache(2),
    "LRU": lambda: cachetools.LRUCache(2),
    "TTL": lambda: cachetools.TTLCache(2, ttl=1000),
    "TLRU": lambda: cachetools.TLRUCache(2, ttu=lambda key, value, now: now + 1000),
    "sized": lambda: cachetools.LRUCache(3, getsizeof=len),
    "missing": lambda: Doubling(2),
}
every_kind = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)

KEYS = st.sampled_from("abcd")
VALUES = st.sampled_from(["", "xx", "four"])
CALLS = st.one_of(
    st.tuples(st.just("__getitem__"), KEYS),
    st.tuples(st.sampled_from(["get", "pop"]), KEYS),
    st.tuples(st.sampled_from(["get", "pop", "setdefault"]), KEYS, st.sampled_from([None, ""])),
    st.tuples(st.just("__setitem__"), KEYS, VALUES),
    st.tuples(st.just("setdefault"), KEYS, VALUES),
    st.tuples(st.sampled_from(["__delitem__", "__contains__"]), KEYS),
    st.tuples(st.just("update"), st.dictionaries(KEYS, VALUES, max_size=2)),
    st.tuples(st.sampled_from(["popitem", "clear", "__len__", "__repr__"])),
    st.tuples(st.just("get"), st.just([])),
)


def outcome(cache: Any, name: str, *arguments: Any) -> Any:
    try:
        return getattr(cache, name)(*arguments)
    except Exception as error:  # noqa: BLE001  -- whatever it is, both caches have to raise it
        return type(error), str(error)


def seen(cache: Any, calls: list[Any]) -> list[Any]:
    return [outcome(cache, *call) for call in calls] + [sorted(cache.items()), cache.currsize, cache.maxsize]


@every_kind
@given(calls=st.lists(CALLS, max_size=12))
def test_the_same_values_and_exceptions(make: Any, calls: list[Any]) -> None:
    expected = seen(make(), calls)
    observed = instrument(make(), Recorded("local").metrics)
    assert seen(observed, calls) == expected
    released = instrument(make(), Recorded("local").metrics)
    half = len(calls) // 2
    outcomes = [outcome(released, *call) for call in calls[:half]]
    assert outcomes + seen(uninstrument(released), calls[half:]) == expected


def test_what_counts_as_what() -> None:
    recorded = Recorded("local")
    cache: Any = instrument(cachetools.LRUCache(2), recorded.metrics)
    cache["a"] = 0
    assert cache["a"] == 0
    assert cache.get("a", 1) == 0
    assert cache.get("none", 1) == 1
    with pytest.raises(KeyError):
        cache["none"]
    assert cache.setdefault("b", 2) == 2
    cache["c"] = 3
    assert recorded.value("cache_evictions_total") == 1
    assert recorded.value("cache_entries") == 2
    assert cache.pop("b") == 2
    assert cache.pop("b", None) is None
    del cache["c"]
    cache.update(x=1, y=2)
    cache.popitem()
    cache.clear()
    assert recorded.operations == {
        ("get", "hit"): 3, ("get", "miss"): 4, ("set", "ok"): 5, ("delete", "ok"): 2, ("invalidate", "ok"): 1,
    }  # fmt: skip
    assert recorded.value("cache_evictions_total") == 1
    assert recorded.value("cache_entries") == 0


def test_values_that_are_too_large_are_rejections() -> None:
    recorded = Recorded("local")
    cache: Any = instrument(cachetools.LRUCache(3, getsizeof=len), recorded.metrics)
    with pytest.raises(ValueError, match="too large"):
        cache["a"] = "four"
    assert recorded.value("cache_size_limit_rejections_total") == 1
    assert not recorded.operations


def test_what_a_cache_makes_itself_is_a_miss() -> None:
    recorded = Recorded("local")
    cache: Any = instrument(Doubling(2), recorded.metrics)
    assert (cache["x"], cache["x"]) == ("xx", "xx")
    assert recorded.operations == {("get", "miss"): 1, ("get", "hit"): 1}


def test_a_decorated_function_is_counted_through_its_cache() -> None:
    recorded = Recorded("local")
    cache: Any = cachetools.TTLCache(10, ttl=1000)

    @cachetools.cached(cache)
    def square(number: int) -> int:
        return number * number

    instrument(cache, recorded.metrics)
    assert [square(2), square(2), square(3)] == [4, 4, 9]
    assert recorded.operations[("get", "hit")] == 1
    assert recorded.operations[("set", "ok")] == 2


def test_copies_are_plain_caches() -> None:
    cache: Any = instrument(cachetools.LRUCache(2), Recorded("local").metrics)
    cache["a"] = 1
    for copied in (copy.copy(cache), pickle.loads(pickle.dumps(cache))):
        assert type(copied) is cachetools.LRUCache
        assert dict(copied) == {"a": 1}
        assert not hasattr(copied, "_stackgen")


def test_a_method_that_somebody_kept_goes_on_to_work() -> None:
    recorded = Recorded("local")
    cache: Any = instrument(cachetools.LRUCache(2), recorded.metrics)
    get, put = cache.get, cache.__setitem__
    uninstrument(cache)
    put("a", 1)
    assert get("a") == 1
    assert not recorded.operations
    assert recorded.value("cache_entries") is None
