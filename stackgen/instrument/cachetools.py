"""Caches of cachetools, observed: `LRUCache`, `TTLCache` and all the others, also those behind `@cached(cache)`.

    cache = instrument(TTLCache(1000, ttl=60), CacheMetrics(cache="users", backend="local"))

A lookup of a missing key is a miss, whether it raises KeyError or gives a default. Entries that make room for others
are evictions, those that expire are not.
"""

from __future__ import annotations

import copyreg
import threading
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, TypeVar

from stackgen.exporters.cache import Operation
from stackgen.instrument.entries import hide, show
from stackgen.instrument.likeness import alike
from stackgen.instrument.observed import STATE, put_on, state_of, take_off, without
from stackgen.instrument.recorder import Recorder
from stackgen.instrument.recording import Recording

__all__ = ["instrument", "uninstrument"]

T = TypeVar("T")


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


class _Thread(threading.local):
    """What one thread does with a cache."""

    #: The operation under way, whose method may call others of the same cache: those are no operations of their own.
    operation: Operation | None = None


class MappingRecording(Recording):
    """What one cache is recorded by."""

    __slots__ = ("thread",)

    def __init__(self, metrics: Recorder) -> None:
        super().__init__(metrics)
        self.thread = _Thread()


def _methods(plain: Any) -> Mapping[str, Any]:
    from cachetools import Cache  # noqa: PLC0415

    # Only the cache's own `__missing__` says by a KeyError that there was nothing.
    tells = plain.__missing__ is Cache.__missing__
    methods: dict[str, tuple[Operation, _Method]] = {
        "__getitem__": ("get", _lookup(plain, tells=tells)),
        **dict.fromkeys(("get", "pop"), ("get", _lookup(plain))),
        "setdefault": ("get", _set_default(plain)),
        "__setitem__": ("set", _change("set")),
        **dict.fromkeys(("__delitem__", "popitem"), ("delete", _change("delete"))),
        "clear": ("invalidate", _change("invalidate")),
    }
    observed = {name: _observed(getattr(plain, name), name, *how) for name, how in methods.items()}
    return {**alike(plain, observed), **_copying(plain)}


#: Calls the cache's own method and records: it is given that, the recording, the cache, and what the caller gave.
_Method = Callable[..., Any]


def _observed(method: Any, name: str, operation: Operation, recorded: _Method) -> Callable[..., Any]:
    """The observed method; the plain one inside another operation, and for who kept it until the wrapper was off."""

    def call(self: Any, *args: Any, **options: Any) -> Any:
        recording: MappingRecording | None = state_of(self)
        if recording is None:
            return method(self, *args, **options)
        thread = recording.thread
        under_way = thread.operation
        if under_way is None:
            thread.operation = operation
            try:
                return recorded(method, recording, self, *args, **options)
            finally:
                thread.operation = None
        answer = method(self, *args, **options)
        if under_way == "set" and name == "popitem":
            recording.metrics.record_eviction()
        return answer

    return call


def _lookup(plain: Any, *, tells: bool = False) -> _Method:
    """Of a method that asks for a value; it `tells` by a KeyError that there is none, or the cache is asked before."""

    def looked_up(method: Any, recording: MappingRecording, self: Any, *args: Any, **options: Any) -> Any:
        found = tells or _has(plain, self, args, options)
        started = perf_counter()
        try:
            value = method(self, *args, **options)
        except KeyError:
            recording.miss(perf_counter() - started)
            raise
        (recording.hit if found else recording.miss)(perf_counter() - started)
        return value

    return looked_up


def _has(plain: Any, cache: Any, args: tuple[Any, ...], options: Mapping[str, Any]) -> bool:
    """Whether there is a value for the key of a call."""
    try:
        return bool(plain.__contains__(cache, args[0] if args else options["key"]))
    except (KeyError, TypeError):  # no key, or one without a hash: the method itself will say so
        return False


def _set_default(plain: Any) -> _Method:
    store = _change("set")

    def setdefault(method: Any, recording: MappingRecording, self: Any, *args: Any, **options: Any) -> Any:
        started = perf_counter()
        if _has(plain, self, args, options):
            value = method(self, *args, **options)
            recording.hit(perf_counter() - started)
            return value
        recording.miss(perf_counter() - started)
        recording.thread.operation = "set"
        return store(method, recording, self, *args, **options)

    return setdefault


def _change(operation: Operation) -> _Method:
    def changed(method: Any, recording: MappingRecording, self: Any, *args: Any, **options: Any) -> Any:
        started = perf_counter()
        try:
            answer = method(self, *args, **options)
        except KeyError:  # there was nothing to remove
            recording.done(perf_counter() - started, operation, 1)
            raise
        except ValueError:  # how a cache says so, in the words "value too large"
            recording.metrics.record_size_limit_rejection()
            raise
        recording.done(perf_counter() - started, operation, 1)
        return answer

    return changed


def _copying(plain: Any) -> dict[str, Any]:
    """A copy, pickled or not, is a plain cache."""

    def reduce_ex(self: Any, protocol: Any) -> Any:
        made, args, *more = plain.__reduce_ex__(self, max(2, protocol))
        args = tuple(plain if arg is type(self) else arg for arg in args)
        if made is copyreg.__newobj__ and len(args) == 1:  # type: ignore[attr-defined]
            # Pickle insists that what this makes is of the class of the original.
            made, args = copyreg._reconstructor, (plain, object, None)  # type: ignore[attr-defined]  # noqa: SLF001
        return (made, args, *(without(part, {STATE}) for part in more[:1]), *more[1:])

    def copy_of(self: Any) -> Any:
        copied = plain.__copy__(self)
        if copied is not self:
            take_off(copied)
        return copied

    # cachetools 8 copies by itself what is below, which is not the observed one's to share.
    return {"__reduce_ex__": reduce_ex} | ({"__copy__": copy_of} if hasattr(plain, "__copy__") else {})
