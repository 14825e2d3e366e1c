"""Ready wrappers: they turn a cache that an application has into an observed one.

    from stackgen.exporters.cache import CacheMetrics
    from stackgen.instrument import instrument, uninstrument

    client = instrument(redis.Redis(), CacheMetrics(cache="sessions", backend="redis"))

What a wrapper never changes is what the cache returns and raises. The conventions that all of them keep to:

- One module for each library, named after it; it imports the library when it is first used, never before.
- `instrument(target, metrics, ...)` observes an object and gives back the same object; done again it goes on with the
  new metrics, so nothing is counted twice. Functions that no cache made are decorated instead (`functions.observe`),
  and Django's caches are observed by their settings. `uninstrument(target)` takes the wrapper off and gives the object
  back; one that wears none is left as it is.
- Times are what the caller waited. An operation on many keys counts once for each key, with the time of the whole.
- A lookup asks for a value: it ends in `hit` or `miss`. A write of an entry is `set`, a removal by key `delete`, a
  removal by pattern, tag or of everything `invalidate`, all else `other`.
- A failed operation is recorded by its kind (`kind_of`, or as the metrics' own definition says: `kinds_of`) and its
  exception goes on to the caller as it was. What is not a failure of the cache (`THROWN_IN`) is not recorded.
"""

from __future__ import annotations

from importlib import import_module
from types import FunctionType
from typing import Any, TypeVar

from stackgen.instrument.errors import THROWN_IN, kind_of, kinds_of
from stackgen.instrument.recorder import Recorder

__all__ = ["THROWN_IN", "Recorder", "instrument", "kind_of", "kinds_of", "uninstrument"]

T = TypeVar("T")

#: The module that wraps a function which a library has decorated, by an attribute that it has from there.
DECORATED = {
    "_stackgen": "stackgen.instrument.functions",
    "precache_value": "stackgen.instrument.cachier",
    "cache_info": "stackgen.instrument.statistics",
}

#: The module that wraps the objects of a library, by the library's name: its `instrument` and `uninstrument`.
WRAPPERS = {
    "redis": "stackgen.instrument.redis",
    "pymemcache": "stackgen.instrument.pymemcache",
    "pylibmc": "stackgen.instrument.pylibmc",
    "django": "stackgen.instrument.django",
    "aiocache": "stackgen.instrument.aiocache",
    "cachetools": "stackgen.instrument.cachetools",
    "dogpile": "stackgen.instrument.dogpile",
}


def instrument(target: T, metrics: Recorder, **options: Any) -> T:
    """Observe a cache or its client, and give back the same object; `options` are those of its library's wrapper.

    Raises TypeError for an object that no wrapper is for.
    """
    instrumented: T = _wrapper(target).instrument(target, metrics, **options)
    return instrumented


def uninstrument(target: T) -> T:
    """Take the wrapper off, and give back the same object.

    Raises TypeError for an object that no wrapper is for.
    """
    plain: T = _wrapper(target).uninstrument(target)
    return plain


def _wrapper(target: object) -> Any:
    """The module for an object, found by the libraries that its class and the classes under it come from."""
    if callable(target):
        for attribute, module in DECORATED.items():
            if hasattr(target, attribute):
                return import_module(module)
    if isinstance(target, FunctionType):
        return import_module("stackgen.instrument.functions")
    for cls in type(target).__mro__:
        library = cls.__module__.partition(".")[0]
        if library in WRAPPERS:
            return import_module(WRAPPERS[library])
    cls = type(target)
    message = (
        f"cannot instrument {cls.__module__}.{cls.__qualname__}: it belongs to none of {', '.join(WRAPPERS)}; "
        f"record to the metrics yourself, or wrap the functions that use it"
    )
    raise TypeError(message)
