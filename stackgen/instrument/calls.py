"""The calls of one function, observed: how each of them ends, at once or when what it gives was awaited."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from functools import update_wrapper
from time import perf_counter
from types import CoroutineType
from typing import Any, Literal

from stackgen.exporters.cache import Operation
from stackgen.instrument.errors import THROWN_IN, kinds_of
from stackgen.instrument.recorder import Recorder

#: What a function does: an operation on a cache, or the load of a value from its source.
What = Literal["get", "set", "delete", "invalidate", "other", "load"]


def is_something(value: object) -> bool:
    """Whether a lookup that gave this found something: anything but None."""
    return value is not None


class Ends:
    """How the calls of one function end."""

    __slots__ = ("_error", "_kind", "_operation", "found", "missed", "off", "sole")

    def __init__(self, metrics: Recorder, what: What) -> None:
        self.off = False
        self._kind = kinds_of(metrics)
        self.found = metrics.record_hit
        self.missed = metrics.record_miss
        #: How a call ends that is no lookup.
        self.sole = None if what == "get" else getattr(metrics, f"record_{what}")
        self._operation: Operation | None = None if what == "load" else what
        self._error: Any = metrics.record_load_error if what == "load" else metrics.record_error

    def failed(self, seconds: float, error: BaseException) -> None:
        """A call ended in an exception."""
        if isinstance(error, THROWN_IN):
            return
        if self._operation is None:
            self._error(seconds)
        else:
            self._error(seconds, self._operation, self._kind(error))


def observed_call(function: Callable[..., Any], ends: Ends, hit: Callable[[Any], bool]) -> Any:
    """The function, observed; it looks like the plain one, and has `ends` as `_stackgen`."""
    make = _async_call if inspect.iscoroutinefunction(function) else _call
    observed = make(function, ends, hit)
    update_wrapper(observed, function)
    observed._stackgen = ends  # noqa: SLF001  -- an attribute of ours
    return observed


def _call(function: Callable[..., Any], ends: Ends, hit: Callable[[Any], bool]) -> Any:
    sole, found, missed, failed = ends.sole, ends.found, ends.missed, ends.failed

    async def awaited(coroutine: Coroutine[Any, Any, Any], before: float) -> Any:
        """What the coroutine of a call gives, which took so many seconds before it was made."""
        started = perf_counter() - before
        try:
            value = await coroutine
        except BaseException as error:
            failed(perf_counter() - started, error)
            raise
        seconds = perf_counter() - started
        (sole or (found if hit(value) else missed))(seconds)
        return value

    def call(*args: Any, **options: Any) -> Any:
        if ends.off:
            return function(*args, **options)
        started = perf_counter()
        try:
            value = function(*args, **options)
        except BaseException as error:
            failed(perf_counter() - started, error)
            raise
        seconds = perf_counter() - started
        # Objects with an async `__call__`, and wrappers around async functions, do not look like one. Other awaitables,
        # a task for example, are left to the caller as they are: one may be what a table holds.
        if type(value) is CoroutineType:
            return awaited(value, seconds)
        if sole is not None:
            sole(seconds)
        else:
            # The usual question costs no call.
            (found if (value is not None if hit is is_something else hit(value)) else missed)(seconds)
        return value

    return call


def _async_call(function: Callable[..., Any], ends: Ends, hit: Callable[[Any], bool]) -> Any:
    sole, found, missed, failed = ends.sole, ends.found, ends.missed, ends.failed

    async def call(*args: Any, **options: Any) -> Any:
        if ends.off:
            return await function(*args, **options)
        started = perf_counter()
        try:
            value = await function(*args, **options)
        except BaseException as error:
            failed(perf_counter() - started, error)
            raise
        seconds = perf_counter() - started
        (sole or (found if hit(value) else missed))(seconds)
        return value

    return call
