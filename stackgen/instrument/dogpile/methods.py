"""The methods that an observed region has in place of its own: each calls its own one, and records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, Final

from stackgen.exporters.cache import Operation
from stackgen.instrument.dogpile.creation import creation_methods
from stackgen.instrument.likeness import alike
from stackgen.instrument.observed import state_of
from stackgen.instrument.recording import Recording, countable


def region_methods(plain: Any) -> Mapping[str, Any]:
    """Of a region's class."""
    makers = {"get": _get, "get_value_metadata": _get_value_metadata, "get_multi": _get_multi}
    lookups = {name: maker(plain) for name, maker in makers.items() if hasattr(plain, name)}
    changes = {name: _changing(getattr(plain, name), *how) for name, how in _CHANGES.items()}
    return alike(plain, {**lookups, **creation_methods(plain), **changes})


def _get(plain: Any) -> Any:
    from dogpile.cache.api import NO_VALUE  # noqa: PLC0415

    method = plain.get

    def get(self: Any, *args: Any, **options: Any) -> Any:
        try:
            recording: Recording = self._stackgen
        except AttributeError:
            return method(self, *args, **options)
        started = perf_counter()
        try:
            value = method(self, *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, "get", 1, error)
            raise
        if value is NO_VALUE:
            recording.miss(perf_counter() - started)
        else:
            recording.hit(perf_counter() - started)
        return value

    return get


def _get_value_metadata(plain: Any) -> Any:
    def get_value_metadata(self: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        if recording is None:
            return plain.get_value_metadata(self, *args, **options)
        started = perf_counter()
        try:
            value = plain.get_value_metadata(self, *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, "get", 1, error)
            raise
        (recording.miss if value is None else recording.hit)(perf_counter() - started)
        return value

    return get_value_metadata


def _get_multi(plain: Any) -> Any:
    from dogpile.cache.api import NO_VALUE  # noqa: PLC0415

    def get_multi(self: Any, keys: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        if recording is None:
            return plain.get_multi(self, keys, *args, **options)
        keys, count = countable(keys)
        started = perf_counter()
        try:
            values = plain.get_multi(self, keys, *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, "get", max(1, count()), error)
            raise
        misses = sum(value is NO_VALUE for value in values)
        recording.found(perf_counter() - started, len(values) - misses, misses)
        return values

    return get_multi


_CHANGES: Final[Mapping[str, tuple[Operation, bool]]] = {
    "set": ("set", False),
    "set_multi": ("set", True),
    "delete": ("delete", False),
    "delete_multi": ("delete", True),
    "invalidate": ("invalidate", False),
}


def _changing(method: Callable[..., Any], operation: Operation, many: bool) -> Callable[..., Any]:
    def changed(self: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        if recording is None:
            return method(self, *args, **options)
        count: Callable[[], int] = lambda: 1  # noqa: E731
        if many and args:
            entries, count = countable(args[0])
            args = (entries, *args[1:])
        elif many and len(options) == 1:
            [(name, entries)] = options.items()
            entries, count = countable(entries)
            options = {name: entries}
        started = perf_counter()
        try:
            answer = method(self, *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, operation, max(1, count()), error)
            raise
        recording.done(perf_counter() - started, operation, count())
        return answer

    return changed
