"""Timers: `with metrics.time_get() as op`, the same for `async with`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import nan
from random import random
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from stackgen.runtime.spec import OTHER


class BaseTimer:
    """Times its body from `__enter__` to `__exit__` and records once, at the end.

    `functions.timer_source` makes its subclasses, one for each timer of an exporter. The time includes what the body
    awaits.
    """

    __slots__ = ("_outcome", "_start", "_values")

    def __enter__(self) -> Self:
        raise NotImplementedError

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


def sampled_clock(share: float) -> Callable[[], float]:
    """A clock that tells the time to this share of those who ask, and NaN to the others, who are only counted."""

    def clock() -> float:
        return perf_counter() if random() < share else nan  # noqa: S311 - nothing secret

    return clock


def classify(error: BaseException, exceptions: Mapping[str, tuple[str, ...]]) -> str:
    """The label value that stands for an exception: of its nearest class, else of its cause's, else `other`."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        for cls in type(cause).__mro__:
            for value, names in exceptions.items():
                if cls.__name__ in names:
                    return value
        cause = cause.__cause__
    return OTHER


class _Off:
    """The timer of a disabled exporter: does nothing, whatever it is told."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        return _nothing


def _nothing(*_: object, **__: object) -> None:
    pass


#: Stands for any generated timer.
OFF: Any = _Off()
