"""Wrappers that somebody else puts into the same object, for tracing say, are called and stay."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Any

import aiocache
import pytest
import redis
import wrapt
from dogpile.cache import make_region
from redis.backoff import NoBackoff
from redis.retry import Retry

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.recorded import Recorded


class Case:
    """An object, the method that is wrapped, and what goes through it."""

    def __init__(self, make: Callable[[], Any], name: str, use: Callable[[Any], Any]) -> None:
        self.target = make()
        self.name = name
        self._use = use

    def use(self) -> None:
        try:
            found = self._use(self.target)
            if asyncio.iscoroutine(found):
                asyncio.run(found)
        except redis.ConnectionError:  # nobody listens; the call was made
            pass

    def method(self) -> Any:
        return getattr(self.target, self.name)


CASES = {
    "redis": lambda: Case(
        lambda: redis.Redis(port=1, retry=Retry(NoBackoff(), 0)), "execute_command", lambda client: client.get("k")
    ),
    "dogpile": lambda: Case(
        lambda: make_region().configure("dogpile.cache.memory"), "get", lambda region: region.get("k")
    ),
    "aiocache": lambda: Case(aiocache.SimpleMemoryCache, "get", lambda cache: cache.get("k")),
}


def by_assignment(case: Case, calls: list[Any]) -> None:
    inner = case.method()

    def traced(*args: Any, **options: Any) -> Any:
        calls.append(args)
        return inner(*args, **options)

    setattr(case.target, case.name, traced)


def by_wrapt(case: Case, calls: list[Any]) -> None:
    """As OpenTelemetry's instrumentations do it."""

    def traced(inner: Any, _instance: Any, args: Any, options: Any) -> Any:
        calls.append(args)
        return inner(*args, **options)

    wrapt.wrap_function_wrapper(case.target, case.name, traced)


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    made: Case = request.param()
    return made


either_way = pytest.mark.parametrize("wrap", [by_assignment, by_wrapt])


@either_way
def test_one_that_was_there_is_called_and_stands_there_again(case: Case, wrap: Any) -> None:
    recorded = Recorded()
    calls: list[Any] = []
    wrap(case, calls)
    standing = case.method()
    for _ in range(2):
        instrument(case.target, recorded.metrics)
    case.use()
    assert len(calls) == 1
    assert sum(recorded.operations.values()) == 1
    uninstrument(case.target)
    assert case.method() is standing
    case.use()
    assert len(calls) == 2
    assert sum(recorded.operations.values()) == 1


@either_way
def test_one_that_was_put_in_front_stays_when_ours_comes_off(case: Case, wrap: Any) -> None:
    recorded = Recorded()
    calls: list[Any] = []
    instrument(case.target, recorded.metrics)
    wrap(case, calls)
    in_front = case.method()
    case.use()
    uninstrument(case.target)
    assert case.method() is in_front
    case.use()
    assert len(calls) == 2
    assert sum(recorded.operations.values()) == 1


@either_way
def test_put_on_again_under_another_one_it_counts_once(case: Case, wrap: Any) -> None:
    recorded = Recorded()
    calls: list[Any] = []
    instrument(case.target, Recorded().metrics)
    wrap(case, calls)
    instrument(case.target, recorded.metrics)
    case.use()
    assert len(calls) == 1
    assert sum(recorded.operations.values()) == 1


def test_nothing_of_ours_is_left_once_the_other_one_has_gone_too(case: Case) -> None:
    before = set(vars(case.target))
    instrument(case.target, Recorded().metrics)
    ours = case.method()
    by_assignment(case, [])
    setattr(case.target, case.name, ours)
    uninstrument(case.target)
    assert set(vars(case.target)) == before


def test_after_the_other_one_has_gone_it_is_put_on_anew(case: Case) -> None:
    recorded = Recorded()
    instrument(case.target, Recorded().metrics)
    by_assignment(case, [])
    uninstrument(case.target)
    delattr(case.target, case.name)
    instrument(case.target, recorded.metrics)
    case.use()
    assert sum(recorded.operations.values()) == 1


def test_a_copy_has_the_other_one_as_it_would_without_ours() -> None:
    case = CASES["redis"]()
    by_assignment(case, [])
    standing = case.method()
    copied = copy.copy(instrument(case.target, Recorded().metrics))
    assert copied.execute_command is standing
    assert set(vars(copied)) == set(vars(uninstrument(case.target)))
