"""What clients of memcached have in common: the names of their methods, and what those mean for a cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, Final

from stackgen.exporters.cache import Operation
from stackgen.instrument.observed import state_of
from stackgen.instrument.recording import Recording, countable

#: What a lookup gives back where nothing is stored; nothing that is stored can be it.
_MISSING: Final = object()

#: Makes the observed method of that name for a plain class.
Maker = Callable[[Any, str], Callable[..., Any]]


def lookup(plain: Any, name: str) -> Callable[..., Any]:
    """Of `get(key, default=None)`. A stored None is a hit."""

    def get(self: Any, key: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        method = getattr(plain, name)
        default = args[0] if args else options.get("default")
        # A call that the library will refuse is left as it is, for the library to refuse.
        usual = len(args) + len(options) == (1 if args or "default" in options else 0)
        if recording is None or not usual:
            return method(self, key, *args, **options)
        started = perf_counter()
        try:
            value = method(self, key, _MISSING)
        except BaseException as error:
            recording.failed(perf_counter() - started, "get", 1, error)
            raise
        if value is _MISSING:
            recording.metrics.record_miss(perf_counter() - started)
            return default
        recording.metrics.record_hit(perf_counter() - started)
        return value

    return get


def lookup_with_token(plain: Any, name: str) -> Callable[..., Any]:
    """Of `gets(key)`, which gives a value and its `cas` token; none is stored where there is no token."""

    def gets(self: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        started = perf_counter()
        try:
            answer = getattr(plain, name)(self, *args, **options)
        except BaseException as error:
            if recording is not None:
                recording.failed(perf_counter() - started, "get", 1, error)
            raise
        if recording is not None:
            no_token = args[2] if len(args) > 2 else options.get("cas_default")
            hits = int(isinstance(answer, tuple) and answer[1] is not no_token)
            recording.found(perf_counter() - started, hits, 1 - hits)
        return answer

    return gets


def lookup_many(plain: Any, name: str) -> Callable[..., Any]:
    """Of `get_many(keys)`, which gives a dict of those that were found."""

    def get_many(self: Any, keys: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        if recording is None:
            return getattr(plain, name)(self, keys, *args, **options)
        keys, count = countable(keys)
        started = perf_counter()
        try:
            found = getattr(plain, name)(self, keys, *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, "get", max(1, count()), error)
            raise
        recording.found(perf_counter() - started, len(found), max(0, count() - len(found)))
        return found

    return get_many


def change(operation: Operation) -> Maker:
    """Of a method on one entry, or on none."""
    return _changing(operation, lambda arguments: (arguments, lambda: 1))


def change_many(operation: Operation) -> Maker:
    """Of a method on the entries of its first argument, a dict or any keys."""

    def counted(arguments: tuple[Any, ...]) -> tuple[tuple[Any, ...], Callable[[], int]]:
        if not arguments:
            return arguments, lambda: 1
        entries, count = countable(arguments[0])
        return (entries, *arguments[1:]), count

    return _changing(operation, counted)


def _changing(
    operation: Operation, counted: Callable[[tuple[Any, ...]], tuple[tuple[Any, ...], Callable[[], int]]]
) -> Maker:
    def make(plain: Any, name: str) -> Callable[..., Any]:
        def changed(self: Any, *args: Any, **options: Any) -> Any:
            recording: Recording | None = state_of(self)
            if recording is None:
                return getattr(plain, name)(self, *args, **options)
            args, count = counted(args)
            started = perf_counter()
            try:
                answer = getattr(plain, name)(self, *args, **options)
            except BaseException as error:
                recording.failed(perf_counter() - started, operation, max(1, count()), error)
                raise
            recording.done(perf_counter() - started, operation, count())
            return answer

        return changed

    return make


def methods_of(plain: Any, makers: Mapping[str, Maker]) -> Mapping[str, Any]:
    """The observed methods of a class: of those names that it has."""
    return {name: make(plain, name) for name, make in makers.items() if hasattr(plain, name)}
