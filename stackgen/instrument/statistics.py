"""Caches that keep statistics of their own: `functools.lru_cache`, and `cachetools.cached(..., info=True)`.

    instrument(load_user, metrics)   # the function itself; calling it costs what it always did

Hits and misses are taken from `cache_info()` whenever the metrics are read, the entries too. Nobody timed the lookups,
so they count with a time of 0 seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from weakref import WeakKeyDictionary, ref

from stackgen.instrument.entries import hide, show
from stackgen.instrument.recorder import Recorder
from stackgen.runtime.tally import Tally

__all__ = ["instrument", "uninstrument"]

T = TypeVar("T")

_observed: WeakKeyDictionary[Any, tuple[Recorder, Tally | None]] = WeakKeyDictionary()


def instrument(target: T, metrics: Recorder) -> T:
    """Have the metrics follow a function's `cache_info()`, from now on, and give the function back.

    `metrics` has to be a generated exporter. Raises TypeError for a function that has no such statistics.
    """
    uninstrument(target)
    _observed[target] = metrics, metrics._exporter.tally(_counts(target))  # type: ignore[attr-defined]  # noqa: SLF001
    show(target, metrics, lambda function: function.cache_info().currsize)
    return target


def uninstrument(target: T) -> T:
    """Follow the function's statistics no more, and give it back. Raises TypeError for one that has none."""
    if not callable(getattr(target, "cache_info", None)):
        message = f"cannot instrument {target!r}: it keeps no statistics; decorate it with `observe` instead"
        raise TypeError(message)
    metrics, tally = _observed.pop(target, (None, None))
    if tally is not None:
        tally.close()
    if metrics is not None:
        hide(target, metrics)
    return target


def _counts(target: Any) -> Callable[[], Mapping[str, int] | None]:
    # Whoever holds the metrics does not hold the function, and what it has cached.
    function = ref(target)

    def counts() -> Mapping[str, int] | None:
        alive = function()
        if alive is None:
            return None
        info = alive.cache_info()
        return {"hit": info.hits, "miss": info.misses}

    return counts
