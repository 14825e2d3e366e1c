"""Caches of cachetools, observed: `LRUCache`, `TTLCache` and all the others, also those behind `@cached(cache)`.

    cache = instrument(TTLCache(1000, ttl=60), CacheMetrics(cache="users", backend="local"))

A lookup of a missing key is a miss, whether it raises KeyError or gives a default. Entries that make room for others
are evictions, those that expire are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from time import perf_counter
from typing import Any, Final, TypeVar

from stackgen.exporters.cache import Operation
from stackgen.instrument.entries import hide, show
from stackgen.instrument.likeness import alike
from stackgen.instrument.observed import STATE, plain_class, put_on, state_of, take_off
from stackgen.instrument.recorder import Recorder
from stackgen.instrument.recording import Recording

__all__ = ["instrument", "uninstrument"]

T = TypeVar("T")

_MISSING: Final = object()


def instrument(target: T, metrics: Recorder) -> T:
    """Observe a cache and give it back. Raises TypeError for anything else."""
    uninstrument(target)
    put_on(target, _methods, MappingRecording(metrics))
    show(target, metrics, len)
    return target


def uninstrument(target: T) -> T:
    """Have the cache be as it was, and give it back. Raises TypeError for anything that is none."""
    from cachetools import Cache  # noqa: PLC0415  -- imported with the first cache, not before

    if not isinstance(target, Cache):
        cls = type(target)
        message = f"cannot instrument {cls.__module__}.{cls.__qualname__}: give a cache of cachetools"
        raise TypeError(message)
    recording: MappingRecording | None = state_of(target)
    if recording is not None:
        take_off(target)
        hide(target, recording.metrics)
    return target


class MappingRecording(Recording):
    """What one cache is recorded by; its operations call each other, so a plain object does the work for it."""

    __slots__ = ()

    def inner(self, observed: Any, *, making_room: bool = False) -> Any:
        """A plain object with the attributes of `observed`; what it removes while `making_room` are evictions."""
        plain = plain_class(observed)
        inner = object.__new__(_evicting(plain) if making_room else plain)
        inner.__dict__ = observed.__dict__
        return inner


@cache
def _evicting(plain: Any) -> Any:
    def popitem(self: Any) -> Any:
        item = plain.popitem(self)
        state_of(self).metrics.record_eviction()
        return item

    return type(plain.__name__, (plain,), {"popitem": popitem})


def _methods(plain: Any) -> Mapping[str, Any]:
    from cachetools import Cache  # noqa: PLC0415

    # What a cache's own `__missing__` gives is no hit.
    gives_missing = plain.__missing__ is not Cache.__missing__

    def get_item(self: Any, key: Any) -> Any:
        recording: MappingRecording = state_of(self)
        inner = recording.inner(self)
        hit = not gives_missing or plain.__contains__(inner, key)
        started = perf_counter()
        try:
            value = plain.__getitem__(inner, key)
        except KeyError:
            recording.miss(perf_counter() - started)
            raise
        (recording.hit if hit else recording.miss)(perf_counter() - started)
        return value

    def get(self: Any, key: Any, default: Any = None) -> Any:
        return _looked_up(self, plain.get, key, default)

    def pop(self: Any, key: Any, *default: Any) -> Any:
        if default:
            return _looked_up(self, plain.pop, key, *default)
        recording: MappingRecording = state_of(self)
        started = perf_counter()
        try:
            value = plain.pop(recording.inner(self), key)
        except KeyError:
            recording.miss(perf_counter() - started)
            raise
        recording.hit(perf_counter() - started)
        return value

    def setdefault(self: Any, key: Any, default: Any = None) -> Any:
        recording: MappingRecording = state_of(self)
        inner = recording.inner(self)
        started = perf_counter()
        found = plain.get(inner, key, _MISSING)
        if found is not _MISSING:
            recording.hit(perf_counter() - started)
            return found
        recording.miss(perf_counter() - started)
        return _changed(self, "set", plain.setdefault, key, default)

    def set_item(self: Any, key: Any, value: Any) -> None:
        _changed(self, "set", plain.__setitem__, key, value)

    def delete_item(self: Any, key: Any) -> None:
        _changed(self, "delete", plain.__delitem__, key)

    def popitem(self: Any) -> Any:
        return _changed(self, "delete", plain.popitem)

    def clear(self: Any) -> None:
        _changed(self, "invalidate", plain.clear)

    def unobserved(self: Any) -> Any:
        twin = object.__new__(plain)
        twin.__dict__.update({name: value for name, value in vars(self).items() if name != STATE})
        return twin

    def reduce_ex(self: Any, _protocol: Any) -> Any:
        # A copy, pickled or not, is a plain cache. Later protocols insist on the class of the original.
        return unobserved(self).__reduce_ex__(1)

    def copy_of(self: Any) -> Any:
        # cachetools 8 copies by itself what is below, which is not the observed one's to share.
        return plain.__copy__(unobserved(self))

    methods: dict[str, Callable[..., Any]] = {
        "__getitem__": get_item, "get": get, "pop": pop, "setdefault": setdefault, "__setitem__": set_item,
        "__delitem__": delete_item, "popitem": popitem, "clear": clear,
    }  # fmt: skip
    observed = {name: _while_on(method, getattr(plain, name)) for name, method in methods.items()}
    copying = {"__copy__": copy_of} if hasattr(plain, "__copy__") else {}
    return {**alike(plain, observed), "__reduce_ex__": reduce_ex, **copying}


def _while_on(observed: Callable[..., Any], method: Callable[..., Any]) -> Callable[..., Any]:
    """The observed method; the plain one for who has kept it until after the wrapper came off."""

    def call(self: Any, *args: Any, **options: Any) -> Any:
        return (method if state_of(self) is None else observed)(self, *args, **options)

    return call


def _looked_up(self: Any, method: Callable[..., Any], key: Any, default: Any) -> Any:
    recording: MappingRecording = state_of(self)
    started = perf_counter()
    value = method(recording.inner(self), key, _MISSING)
    if value is _MISSING:
        recording.miss(perf_counter() - started)
        return default
    recording.hit(perf_counter() - started)
    return value


def _changed(self: Any, operation: Operation, method: Callable[..., Any], *arguments: Any) -> Any:
    recording: MappingRecording = state_of(self)
    started = perf_counter()
    try:
        answer = method(recording.inner(self, making_room=operation == "set"), *arguments)
    except KeyError:  # there was nothing to remove
        recording.done(perf_counter() - started, operation, 1)
        raise
    except ValueError:  # how a cache says so, in the words "value too large"
        recording.metrics.record_size_limit_rejection()
        raise
    recording.done(perf_counter() - started, operation, 1)
    return answer
