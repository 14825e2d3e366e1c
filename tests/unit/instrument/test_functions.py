"""Functions that are observed as operations on a cache."""

from __future__ import annotations

import asyncio
import functools
import inspect
from typing import Any, assert_type

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.instrument import uninstrument
from stackgen.instrument.functions import observe
from tests.integration.instrument.recorded import Recorded


def find(key: str, default: Any = None) -> Any:
    """Find something."""
    if key == "broken":
        raise ConnectionError("gone")
    return {"zero": 0, "empty": ""}.get(key, default)


async def find_later(key: str, default: Any = None) -> Any:
    await asyncio.sleep(0)
    return find(key, default)


class Table:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def find(self, key: str) -> Any:
        self.asked.append(key)
        return find(key)

    @classmethod
    def find_for_all(cls, key: str) -> Any:
        return cls.__name__, find(key)

    @staticmethod
    def find_for_nobody(key: str) -> Any:
        return find(key)


CALLS = st.lists(
    st.tuples(st.sampled_from(["zero", "empty", "none", "broken"]), st.sampled_from([(), (0,), (None,)])), max_size=6
)


def outcome(function: Any, *args: Any) -> Any:
    try:
        value = function(*args)
        return asyncio.run(value) if inspect.iscoroutine(value) else value
    except Exception as error:  # noqa: BLE001  -- whatever it is, both have to raise it
        return type(error), str(error)


@pytest.mark.parametrize("function", [find, find_later])
@pytest.mark.parametrize("what", ["get", "load", "other"])
@given(calls=CALLS)
def test_the_same_values_and_exceptions(function: Any, what: Any, calls: list[Any]) -> None:
    observed = observe(Recorded().metrics, what)(function)
    expected = [outcome(function, key, *more) for key, more in calls]
    assert [outcome(observed, key, *more) for key, more in calls] == expected
    assert inspect.iscoroutinefunction(observed) == inspect.iscoroutinefunction(function)


@pytest.mark.parametrize("function", [find, find_later])
def test_lookups_hit_with_whatever_is_not_none(function: Any) -> None:
    recorded = Recorded()
    observed = observe(recorded.metrics)(function)
    for key in ("zero", "empty", "none", "broken"):
        outcome(observed, key)
    assert recorded.operations == {("get", "hit"): 2, ("get", "miss"): 1, ("get", "error"): 1}
    assert recorded.errors == {("get", "connection"): 1}


@pytest.mark.parametrize("function", [find, find_later])
def test_what_a_hit_is_can_be_told(function: Any) -> None:
    recorded = Recorded()
    observed = observe(recorded.metrics, hit=lambda value: value != 0)(function)
    outcome(observed, "zero")
    outcome(observed, "none")
    assert recorded.operations == {("get", "hit"): 1, ("get", "miss"): 1}


@pytest.mark.parametrize("what", ["set", "delete", "invalidate", "other"])
def test_other_operations(what: Any) -> None:
    recorded = Recorded()
    observed = observe(recorded.metrics, what)(find)
    outcome(observed, "none")
    outcome(observed, "broken")
    assert recorded.operations == {(what, "ok"): 1, (what, "error"): 1}


@pytest.mark.parametrize("function", [find, find_later])
def test_loads(function: Any) -> None:
    recorded = Recorded()
    observed = observe(recorded.metrics, "load")(function)
    outcome(observed, "none")
    outcome(observed, "broken")
    assert recorded.value("cache_load_duration_seconds_count", "ok") == 1
    assert recorded.value("cache_load_duration_seconds_count", "error") == 1
    assert not recorded.operations


def test_a_call_is_timed_with_what_it_awaits() -> None:
    recorded = Recorded()

    @observe(recorded.metrics)
    async def slow() -> int:
        await asyncio.sleep(0.05)
        return 1

    asyncio.run(slow())
    took = recorded.value("cache_operation_duration_seconds_sum", "get", "hit")
    assert took is not None
    assert took >= 0.05


class Asked:
    """An object that is called, with something to wait for."""

    async def __call__(self, key: str) -> Any:
        await asyncio.sleep(0.05)
        return find(key)


@functools.wraps(find_later)
def wrapped(key: str) -> Any:
    return Asked()(key)


@pytest.mark.parametrize("function", [Asked(), wrapped, functools.partial(find_later)])
def test_a_coroutine_is_awaited_whatever_gave_it(function: Any) -> None:
    recorded = Recorded()
    observed = observe(recorded.metrics)(function)

    async def main(key: str) -> Any:
        found = observed(key)
        assert inspect.iscoroutine(found)
        return await found

    assert [outcome(main, key) for key in ("zero", "none")] == [0, None]
    assert outcome(main, "broken") == (ConnectionError, "gone")
    assert recorded.operations == {("get", "hit"): 1, ("get", "miss"): 1, ("get", "error"): 1}
    if not isinstance(function, functools.partial):
        took = recorded.value("cache_operation_duration_seconds_sum", "get", "hit")
        assert took is not None
        assert took >= 0.05


def test_what_else_can_be_awaited_is_given_as_it_is() -> None:
    recorded = Recorded()

    async def main() -> None:
        task = asyncio.create_task(asyncio.sleep(0, "value"))
        assert observe(recorded.metrics)({"k": task}.get)("k") is task
        assert await task == "value"

    asyncio.run(main())
    assert recorded.operations == {("get", "hit"): 1}


def test_types_are_kept() -> None:
    """mypy looks at this one."""
    recorded = Recorded("local")

    @observe(recorded.metrics)
    def length(text: str, *, least: int = 0) -> int:
        return max(least, len(text))

    class Texts:
        @observe(recorded.metrics)
        def first(self, text: str) -> str:
            return text[0]

    assert assert_type(length("four", least=5), int) == 5
    assert assert_type(Texts().first("four"), str) == "f"
    assert_type(length.metrics, CacheMetrics)
    with pytest.raises(TypeError):
        length(4)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Texts().first()  # type: ignore[call-arg]


def test_methods_of_every_kind() -> None:
    recorded = Recorded()

    observed = {name: observe(recorded.metrics)(vars(Table)[name]) for name in vars(Table) if name.startswith("find")}
    made: Any = type("Observed", (Table,), observed)
    table = made()
    assert (table.find("zero"), table.asked) == (0, ["zero"])
    assert made.find_for_all("zero") == ("Observed", 0)
    assert made.find_for_nobody("none") is None
    assert recorded.operations == {("get", "hit"): 2, ("get", "miss"): 1}
    assert table.find.metrics is recorded.metrics


def test_a_function_keeps_its_face() -> None:
    observed = observe(Recorded().metrics)(find)
    assert (observed.__name__, observed.__doc__, observed.__module__) == ("find", "Find something.", __name__)
    assert inspect.signature(observed) == inspect.signature(find)


def test_metrics_are_made_under_the_functions_name() -> None:
    registry = CollectorRegistry()
    for function in (find, functools.partial(find, "zero"), Table.find):
        observed = observe(registry=registry)(function)
        assert observed.metrics.snapshot().hit_ratio is None
    observe(cache="users", backend="redis", registry=registry)(find)("zero")
    names = {
        (sample.labels["cache"], sample.labels["backend"])
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "cache_operations_total"
    }
    assert names == {(f"{__name__}.find", "local"), (f"{__name__}.Table.find", "local"), ("users", "redis")}


def test_sampling_counts_every_call() -> None:
    registry = CollectorRegistry()
    observed = observe(cache="users", sampling=0.01, registry=registry)(find)
    for _ in range(50):
        observed("zero")
    labels = {"cache": "users", "backend": "local", "operation": "get", "result": "hit"}
    assert registry.get_sample_value("cache_operations_total", labels) == 50


def test_a_function_that_is_not_enabled_is_given_back_as_it_is() -> None:
    def plain() -> int:
        return 1

    registry = CollectorRegistry()
    assert observe(enabled=False, registry=registry)(plain) is plain
    assert plain.metrics.snapshot().hit_ratio is None
    assert observe(enabled=False, registry=registry)(len)("four") == 4
    assert list(registry.collect()) == []


def test_the_wrapper_comes_off() -> None:
    recorded = Recorded()
    observed = observe(recorded.metrics)(find)
    assert uninstrument(observed) is find
    observed("zero")
    assert not recorded.operations


@pytest.mark.parametrize("target", [Table, 7, lambda: (yield)])
def test_what_is_no_call_is_refused(target: Any) -> None:
    with pytest.raises(TypeError, match="cannot observe"):
        observe(Recorded().metrics)(target)


def test_an_operation_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="one of delete, get, invalidate, load, other, set"):
        observe(Recorded().metrics, "fetch")  # type: ignore[call-overload]


# -- pieces of code --


def test_a_piece_of_code_says_how_it_ended() -> None:
    recorded = Recorded()
    with observe(recorded.metrics) as op:
        op.hit()
    with observe(recorded.metrics, "set"):
        pass
    with pytest.raises(TimeoutError), observe(recorded.metrics, "load"):
        raise TimeoutError
    with pytest.raises(KeyboardInterrupt), observe(recorded.metrics, "delete"):
        raise KeyboardInterrupt
    assert recorded.operations == {("get", "hit"): 1, ("set", "ok"): 1}
    assert recorded.value("cache_load_duration_seconds_count", "error") == 1


def test_a_piece_of_code_that_awaits() -> None:
    recorded = Recorded()

    async def use() -> None:
        async with observe(recorded.metrics) as op:
            await asyncio.sleep(0)
            op.miss()

    asyncio.run(use())
    assert recorded.operations == {("get", "miss"): 1}


def test_one_observe_is_for_one_with_at_a_time() -> None:
    recorded = Recorded()
    again = observe(recorded.metrics, "set")
    with again, pytest.raises(RuntimeError, match="make one for each"):
        again.__enter__()
    with again:
        pass
    assert recorded.operations == {("set", "ok"): 2}


def test_metrics_that_are_disabled_cost_nobody_anything() -> None:
    metrics = CacheMetrics(cache="c", backend="local", enabled=False, registry=CollectorRegistry())
    with observe(metrics) as op:
        op.hit()
    assert observe(metrics)(find)("zero") == 0
