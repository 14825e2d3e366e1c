"""Caches of cachetools give what they gave, and what is done with them is counted once."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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


class Noting(cachetools.LRUCache[Any, Any]):
    """Has a slot of its own, looks at itself, keeps what it evicts, and says when it is gone."""

    __slots__ = ("log",)

    def __init__(self, maxsize: int, gone: list[str]) -> None:
        super().__init__(maxsize)
        self.gone = gone
        self.log: list[Any] = []

    def __setitem__(self, key: Any, value: Any, *arguments: Any) -> None:
        self.log.append((key, self in known))
        super().__setitem__(key, value, *arguments)

    def popitem(self) -> Any:
        item = super().popitem()
        self.log.append(item)
        return item

    def get(self, key: Any, default: Any = None, *, loud: bool = False) -> Any:
        return super().get(key, default).upper() if loud else super().get(key, default)

    def __del__(self) -> None:
        self.gone.append("gone")


class Identities(list[Any]):
    """Has what is in it, and not what is like it."""

    def __contains__(self, other: object) -> bool:
        return any(other is each for each in self)


known = Identities()


def test_a_subclass_is_itself_in_its_own_methods() -> None:
    recorded = Recorded("local")
    gone: list[str] = []
    cache: Any = instrument(Noting(2, gone), recorded.metrics)
    known.append(cache)
    cache["a"] = "x"
    cache["b"] = "y"
    cache["c"] = "z"
    assert cache.log == [("a", True), ("b", True), ("c", True), ("a", "x")]
    assert cache.get("b", loud=True) == "Y"
    assert cache.get("none", "text", loud=True) == "TEXT", "what it is given as a default is what the caller gave"
    assert not gone, "nothing is made and let go of beside it"
    assert recorded.operations == {("set", "ok"): 3, ("get", "hit"): 1, ("get", "miss"): 1}
    assert recorded.value("cache_evictions_total") == 1
    known.clear()


@pytest.mark.parametrize("how", [copy.copy, lambda cache: pickle.loads(pickle.dumps(cache))])
def test_a_copy_has_what_is_in_slots(how: Any) -> None:
    recorded = Recorded("local")
    gone: list[str] = []
    plain, cache = Noting(2, gone), instrument(Noting(2, gone), recorded.metrics)
    for each in (plain, cache):
        each["a"] = 1
    expected, copied = how(plain), how(cache)
    assert type(copied) is Noting
    assert getattr(copied, "log", None) == getattr(expected, "log", None)
    assert set(vars(copied)) == set(vars(expected))
    assert not gone
    assert recorded.operations == {("set", "ok"): 1}


def test_a_default_may_be_given_by_its_name() -> None:
    recorded = Recorded("local")
    cache: Any = instrument(cachetools.TTLCache(2, ttl=1000), recorded.metrics)
    assert cache.pop("a", default=3) == 3
    assert cache.get(key="a", default=4) == 4
    assert cache.setdefault(key="a", default=5) == 5
    assert cache.pop(key="a") == 5
    assert recorded.operations == {("get", "miss"): 3, ("get", "hit"): 1, ("set", "ok"): 1}


def test_another_thread_is_not_inside_this_ones_operation() -> None:
    recorded = Recorded("local")

    class Asking(cachetools.LRUCache[Any, Any]):
        def __missing__(self, key: Any) -> Any:
            with ThreadPoolExecutor(1) as other:
                return other.submit(self.get, "a").result()

    cache: Any = instrument(Asking(2), recorded.metrics)
    cache["a"] = 1
    assert cache["b"] == 1
    assert recorded.operations == {("set", "ok"): 1, ("get", "hit"): 1, ("get", "miss"): 1}
