"""The gauge of entries in caches inside the process, asked for at each scrape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, ref

from stackgen.instrument.recorder import Recorder

#: How many entries a cache has.
Count = Callable[[Any], float]

#: The caches that record to the same metrics, by their ids: a cache may be a mapping, which has no hash.
_shown: WeakKeyDictionary[Any, dict[int, tuple[ref[Any], Count]]] = WeakKeyDictionary()


def show(cache: Any, metrics: Recorder, count: Count) -> None:
    """Have the metrics' gauge count the entries of this cache too; it keeps the cache no longer alive."""
    caches = _shown.setdefault(metrics, {})
    caches[id(cache)] = ref(cache), count
    metrics.set_entries_function(lambda: _entries(caches))


def hide(cache: Any, metrics: Recorder) -> None:
    """Have the gauge leave this cache out; without any cache it has no value."""
    caches = _shown.get(metrics, {})
    if caches.pop(id(cache), None) is not None and not caches:
        del _shown[metrics]
        metrics.set_entries_function(None)


def _entries(caches: dict[int, tuple[ref[Any], Count]]) -> float:
    total = 0.0
    for key, (cache, count) in list(caches.items()):
        alive = cache()
        if alive is None:
            del caches[key]
        else:
            total += count(alive)
    return total
