"""Functions decorated with cachier give what they gave; hits, misses, stale values and loads are told apart."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import cachier
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.recorded import Recorded
from tests.waiting import wait_until

LOADS = "cache_load_duration_seconds_count"


def decorated(**options: Any) -> Any:
    """A function, and the arguments that it was really called with."""
    called: list[Any] = []

    @cachier.cachier(**{"backend": "memory", **options})  # type: ignore[untyped-decorator]
    def square(number: int) -> Any:
        called.append(number)
        if number < 0:
            raise ValueError("negative")
        return number * number if number < 100 else None

    square.called = called
    return square


def decorated_async(**options: Any) -> Any:
    called: list[Any] = []

    @cachier.cachier(**{"backend": "memory", **options})  # type: ignore[untyped-decorator]
    async def square(number: int) -> Any:
        called.append(number)
        await asyncio.sleep(0)
        if number < 0:
            raise ValueError("negative")
        return number * number if number < 100 else None

    square.called = called
    return square


def outcome(function: Any, number: int, options: dict[str, Any]) -> Any:
    try:
        value = function(number, **options)
        return asyncio.run(value) if asyncio.iscoroutine(value) else value
    except Exception as error:  # noqa: BLE001  -- whatever it is, both have to raise it
        return type(error), str(error)


CALLS = st.lists(
    st.tuples(
        st.sampled_from([-1, 2, 3, 100]),
        st.sampled_from(
            [{}, {}, {}, {"cachier__skip_cache": True}, {"cachier__overwrite_cache": True},
             {"max_age": timedelta(seconds=-1)}, {"unknown": 1}]
        ),
    ),
    max_size=8,
)  # fmt: skip

both = pytest.mark.parametrize("make", [decorated, decorated_async])


@both
@pytest.mark.parametrize("backend", ["memory", "pickle"])
@given(calls=CALLS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_values_and_exceptions(make: Any, backend: str, calls: list[Any], tmp_path: Path) -> None:
    plain, observed = (make(backend=backend, cache_dir=tmp_path, separate_files=True) for _ in range(2))
    instrument(observed, Recorded("local").metrics)
    seen = []
    for function in (plain, observed):
        function.clear_cache()
        seen.append(([outcome(function, *call) for call in calls], function.called))
    assert seen[0] == seen[1]


@both
def test_hits_misses_and_loads(make: Any) -> None:
    recorded = Recorded("local")
    function = make()
    assert instrument(function, recorded.metrics) is function
    assert function.metrics is recorded.metrics
    for number in (2, 2, 3, -1):
        outcome(function, number, {})
    outcome(function, 2, {"cachier__skip_cache": True})
    assert recorded.operations == {("get", "hit"): 1, ("get", "miss"): 3, ("set", "ok"): 2}
    assert recorded.value(LOADS, "ok") == 2
    assert recorded.value(LOADS, "error") == 1
    function.clear_cache()
    assert recorded.operations[("invalidate", "ok")] == 1


@both
def test_a_value_that_is_computed_again_is_a_recalculation(make: Any) -> None:
    recorded = Recorded("local")
    function = instrument(make(stale_after=timedelta(0)), recorded.metrics)
    outcome(function, 2, {})
    outcome(function, 2, {})
    assert recorded.operations == {("get", "miss"): 2, ("set", "ok"): 2}
    assert recorded.value("cache_recalculations_total") == 1
    outcome(function, 2, {"cachier__overwrite_cache": True})
    assert recorded.operations == {("get", "miss"): 2, ("set", "ok"): 3}
    assert recorded.value("cache_recalculations_total") == 2


def test_a_stale_value_that_is_served_while_a_new_one_is_made() -> None:
    recorded = Recorded("local")
    function = instrument(decorated(stale_after=timedelta(0), next_time=True), recorded.metrics)
    assert [function(2), function(2)] == [4, 4]
    wait_until(lambda: recorded.operations.get(("set", "ok")) == 2, "the new value is stored in the background")
    assert recorded.operations == {("get", "miss"): 1, ("get", "stale"): 1, ("set", "ok"): 2}
    assert recorded.value("cache_recalculations_total") == 1


def test_who_waits_for_anothers_computation_had_a_miss_too() -> None:
    recorded = Recorded("local")
    may_end, began = threading.Event(), threading.Event()

    @cachier.cachier(backend="memory")  # type: ignore[untyped-decorator]
    def slow(number: int) -> int:
        began.set()
        assert may_end.wait(30)
        return number

    instrument(slow, recorded.metrics)
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(slow(1))) for _ in range(2)]
    threads[0].start()
    assert began.wait(30)
    threads[1].start()
    may_end.set()
    for thread in threads:
        thread.join(30)
    assert results == [1, 1]
    # The second one came too late to wait, or it waited.
    assert recorded.operations[("set", "ok")] == 1
    assert recorded.operations.get(("get", "miss"), 0) + recorded.operations.get(("get", "hit"), 0) == 2


def test_a_value_that_is_too_large_is_a_rejection() -> None:
    recorded = Recorded("local")
    function = instrument(decorated(entry_size_limit=1), recorded.metrics)
    function(2)
    assert recorded.value("cache_size_limit_rejections_total") == 1
    assert recorded.operations == {("get", "miss"): 1}


@both
def test_the_wrapper_comes_off(make: Callable[[], Any]) -> None:
    recorded = Recorded("local")
    function = make()
    assert uninstrument(function) is function
    instrument(function, Recorded("local").metrics)
    instrument(function, recorded.metrics)
    outcome(function, 2, {})
    assert uninstrument(function) is function
    outcome(function, 3, {})
    assert recorded.operations == {("get", "miss"): 1, ("set", "ok"): 1}
    assert not hasattr(function, "metrics")


def test_a_function_of_another_decorator_is_refused() -> None:
    from stackgen.instrument import cachier as wrapper

    with pytest.raises(TypeError, match="not decorated with cachier"):
        wrapper.instrument(len, Recorded().metrics)
