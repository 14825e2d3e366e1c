"""The methods that an observed cache has in place of its own: each has the plain one do the work, and records."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import perf_counter
from typing import Any, Final

from stackgen.exporters.cache import Operation
from stackgen.instrument.django.copies import copying
from stackgen.instrument.django.independent import is_independent
from stackgen.instrument.django.recording import CacheRecording, Creation
from stackgen.instrument.likeness import like
from stackgen.instrument.recording import countable

#: What a lookup gives back where nothing is stored; nothing that is stored can be it.
_MISSING: Final = object()

#: What the operations of `BaseCache` are, but for lookups; `a...` is the same. Those of django-redis are with them, as
#: far as they are operations on a cache.
_ONE: Final[Mapping[str, Operation]] = {
    **dict.fromkeys(("set", "add", "incr", "decr", "incr_version", "decr_version", "hset"), "set"),
    **dict.fromkeys(("delete", "hdel"), "delete"),
    **dict.fromkeys(("clear", "delete_pattern"), "invalidate"),
    **dict.fromkeys(("has_key", "__contains__", "touch"), "other"),
    **dict.fromkeys(("ttl", "pttl", "persist", "expire", "expire_at", "pexpire", "pexpire_at", "keys"), "other"),
}
_MANY: Final[Mapping[str, Operation]] = {"set_many": "set", "delete_many": "delete"}

#: They raise ValueError where there is no such key: an answer of the cache, and no failure.
_TELLING: Final = frozenset(
    prefix + name for name in ("incr", "decr", "incr_version", "decr_version") for prefix in ("", "a")
)

#: A method.
Call = Callable[..., Any]


def cache_methods(plain: Any) -> Mapping[str, Any]:
    """The methods for a class of caches: of those operations that it has."""
    makers: dict[str, Callable[[Any, str], Call]] = {"get": _get, "get_many": _get_many, "get_or_set": _get_or_set}
    makers |= {name: _changing(operation) for name, operation in _ONE.items()}
    makers |= {name: _changing_many(operation) for name, operation in _MANY.items()}
    made: dict[str, Any] = {}
    for name, maker in makers.items():
        for method in (name, f"a{name}"):
            if hasattr(plain, method):
                made[method] = like(getattr(plain, method), maker(plain, method))
    return {**made, "__del__": _deletion(plain), "__reduce_ex__": copying(plain)}


def _is_async(method: Any) -> bool:
    return inspect.iscoroutinefunction(method)


def _deletion(plain: Any) -> Call:
    def __del__(self: Any) -> None:  # noqa: N807  -- is what it will be
        recording: CacheRecording | None = getattr(self, "_stackgen", None)
        # Without the object that does the work nobody else will say goodbye to what it holds; with it, it will.
        if (recording is None or not recording.let_go()) and hasattr(plain, "__del__"):
            plain.__del__(self)

    return __del__


# -- lookups --


def _get(plain: Any, name: str) -> Call:
    method = getattr(plain, name)
    if _is_async(method):
        return _async_get(method)
    if list(inspect.signature(method).parameters) != ["self", "key", "default", "version"]:
        return _general_get(method)
    independent = is_independent(method)

    # The lookup that everybody uses, as short as it can be.
    def get(self: Any, key: Any, default: Any = None, version: Any = None) -> Any:
        try:
            recording: CacheRecording = self._stackgen
        except AttributeError:
            return method(self, key, default, version)
        inner = self if independent else recording.inner(self)
        started = perf_counter()
        try:
            value = method(inner, key, _MISSING, version)
        except BaseException as error:
            recording.failed(perf_counter() - started, "get", 1, error)
            raise
        if value is not _MISSING:
            recording.hit(perf_counter() - started)
            return value
        recording.miss(perf_counter() - started)
        return default

    return get


def _asking(args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """The default of a lookup, and its arguments with another one in its place."""
    if len(args) > 1:
        return args[1], (args[0], _MISSING, *args[2:]), options
    return options.get("default"), args, {**options, "default": _MISSING}


def _general_get(method: Call) -> Call:
    """Of a `get` with parameters of its own."""

    def get(self: Any, *args: Any, **options: Any) -> Any:
        recording: CacheRecording | None = getattr(self, "_stackgen", None)
        if recording is None:
            return method(self, *args, **options)
        default, args, options = _asking(args, options)
        started = perf_counter()
        try:
            value = method(recording.inner(self), *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, "get", 1, error)
            raise
        return _looked_up(recording, perf_counter() - started, value, default)

    return get


def _async_get(method: Call) -> Call:
    async def aget(self: Any, *args: Any, **options: Any) -> Any:
        recording: CacheRecording | None = getattr(self, "_stackgen", None)
        if recording is None:
            return await method(self, *args, **options)
        default, args, options = _asking(args, options)
        started = perf_counter()
        try:
            value = await method(recording.inner(self), *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, "get", 1, error)
            raise
        return _looked_up(recording, perf_counter() - started, value, default)

    return aget


def _looked_up(recording: CacheRecording, seconds: float, value: Any, default: Any) -> Any:
    if value is _MISSING:
        recording.miss(seconds)
        return default
    recording.hit(seconds)
    return value


def _get_many(plain: Any, name: str) -> Call:
    method = getattr(plain, name)

    def get_many(self: Any, keys: Any, *args: Any, **options: Any) -> Any:
        recording: CacheRecording | None = getattr(self, "_stackgen", None)
        if recording is None:
            return method(self, keys, *args, **options)
        keys, count = _distinct(keys)
        started = perf_counter()
        try:
            found = method(recording.inner(self), keys, *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, "get", max(1, count()), error)
            raise
        recording.found(perf_counter() - started, len(found), max(0, count() - len(found)))
        return found

    async def aget_many(self: Any, keys: Any, *args: Any, **options: Any) -> Any:
        recording: CacheRecording | None = getattr(self, "_stackgen", None)
        if recording is None:
            return await method(self, keys, *args, **options)
        keys, count = _distinct(keys)
        started = perf_counter()
        try:
            found = await method(recording.inner(self), keys, *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, "get", max(1, count()), error)
            raise
        recording.found(perf_counter() - started, len(found), max(0, count() - len(found)))
        return found

    return aget_many if _is_async(method) else get_many


def _distinct(keys: Any) -> tuple[Any, Callable[[], int]]:
    """The keys as they are, and what says how many different ones they were: the answer has each once."""
    if not isinstance(keys, Iterator):
        return keys, lambda: _different(keys) if isinstance(keys, Iterable) else 0
    seen: list[Any] = []

    def going_through() -> Iterator[Any]:
        for key in keys:
            seen.append(key)
            yield key

    return going_through(), lambda: _different(seen)


def _different(keys: Iterable[Any]) -> int:
    try:
        return len(set(keys))
    except TypeError:  # a key need not be hashable to be looked up and not found
        return len(list(keys))


def _get_or_set(plain: Any, name: str) -> Call:
    method = getattr(plain, name)

    def get_or_set(self: Any, key: Any, default: Any, *args: Any, **options: Any) -> Any:
        recording: CacheRecording | None = getattr(self, "_stackgen", None)
        if recording is None:
            return method(self, key, default, *args, **options)
        creation = Creation(recording, default)
        try:
            value = method(recording.inner(self), key, creation, *args, **options)
        except BaseException as error:
            recording.not_created(creation, error)
            raise
        recording.created(creation)
        return value

    async def aget_or_set(self: Any, key: Any, default: Any, *args: Any, **options: Any) -> Any:
        recording: CacheRecording | None = getattr(self, "_stackgen", None)
        if recording is None:
            return await method(self, key, default, *args, **options)
        creation = Creation(recording, default)
        try:
            value = await method(recording.inner(self), key, creation, *args, **options)
        except BaseException as error:
            recording.not_created(creation, error)
            raise
        recording.created(creation)
        return value

    return aget_or_set if _is_async(method) else get_or_set


# -- everything else --

_Arguments = tuple[Any, ...]
_Counted = Callable[[_Arguments, dict[str, Any]], tuple[_Arguments, dict[str, Any], Callable[[], int]]]


def _changing(operation: Operation) -> Callable[[Any, str], Call]:
    """Of a method on one entry, or on none."""
    return _changing_counted(operation, lambda args, options: (args, options, lambda: 1))


def _changing_many(operation: Operation) -> Callable[[Any, str], Call]:
    """Of a method on the entries of its first argument."""

    def counted(args: _Arguments, options: dict[str, Any]) -> tuple[_Arguments, dict[str, Any], Callable[[], int]]:
        name = "data" if operation == "set" else "keys"
        if args:
            entries, count = countable(args[0])
            return (entries, *args[1:]), options, count
        if name in options:
            entries, count = countable(options[name])
            return args, {**options, name: entries}, count
        return args, options, lambda: 1

    return _changing_counted(operation, counted)


def _changing_counted(operation: Operation, counted: _Counted) -> Callable[[Any, str], Call]:
    def make(plain: Any, name: str) -> Call:
        method = getattr(plain, name)
        independent = is_independent(method)

        def changed(self: Any, *args: Any, **options: Any) -> Any:
            recording: CacheRecording | None = getattr(self, "_stackgen", None)
            if recording is None:
                return method(self, *args, **options)
            args, options, count = counted(args, options)
            inner = self if independent else recording.inner(self)
            started = perf_counter()
            try:
                answer = method(inner, *args, **options)
            except BaseException as error:
                _change_failed(recording, perf_counter() - started, operation, count(), error, name)
                raise
            recording.done(perf_counter() - started, operation, count())
            return answer

        async def achanged(self: Any, *args: Any, **options: Any) -> Any:
            recording: CacheRecording | None = getattr(self, "_stackgen", None)
            if recording is None:
                return await method(self, *args, **options)
            args, options, count = counted(args, options)
            started = perf_counter()
            try:
                answer = await method(recording.inner(self), *args, **options)
            except BaseException as error:
                _change_failed(recording, perf_counter() - started, operation, count(), error, name)
                raise
            recording.done(perf_counter() - started, operation, count())
            return answer

        return achanged if _is_async(method) else changed

    return make


def _change_failed(
    recording: CacheRecording, seconds: float, operation: Operation, entries: int, error: BaseException, name: str
) -> None:
    if name in _TELLING and type(error) is ValueError:
        recording.done(seconds, operation, entries)
    else:
        recording.failed(seconds, operation, max(1, entries), error)
