"""Caches of aiocache, observed: in memory, Redis and memcached, also those behind its decorators.

    cache = instrument(aiocache.SimpleMemoryCache(), CacheMetrics(cache="users", backend="local"))

`MetricsPlugin` does it from a configuration; but aiocache tells its plugins nothing of operations that fail or take
longer than their `timeout`, so with the plugin those are not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, Final, TypeVar

from stackgen.exporters.cache import Backend, CacheMetrics, Operation
from stackgen.instrument.likeness import alike
from stackgen.instrument.observed import put_in, state_of, take_out
from stackgen.instrument.recorder import Recorder
from stackgen.instrument.recording import Recording, countable

__all__ = ["MetricsPlugin", "instrument", "uninstrument"]

T = TypeVar("T")

_MISSING: Final = object()

_ONE: Final[Mapping[str, Operation]] = {
    **dict.fromkeys(("set", "add", "increment"), "set"),
    "delete": "delete",
    "clear": "invalidate",
    **dict.fromkeys(("exists", "expire", "raw"), "other"),
}


def instrument(target: T, metrics: Recorder) -> T:
    """Observe a cache and give it back. Raises TypeError for anything else."""
    uninstrument(target)
    put_in(target, _methods, Recording(metrics))
    return target


def uninstrument(target: T) -> T:
    """Have the cache be as it was, and give it back. Raises TypeError for anything that is none."""
    from aiocache.base import BaseCache  # noqa: PLC0415  -- imported with the first cache, not before

    if not isinstance(target, BaseCache):
        cls = type(target)
        message = f"cannot instrument {cls.__module__}.{cls.__qualname__}: give a cache of aiocache"
        raise TypeError(message)
    if state_of(target) is not None:
        take_out(target)
    return target


def _methods(plain: Any) -> Mapping[str, Any]:
    changing = {name: _changing(getattr(plain, name), name, operation) for name, operation in _ONE.items()}
    several = {"multi_get": _multi_get(plain), "multi_set": _multi_set(plain)}
    return alike(plain, {"get": _get(plain), **several, **changing})


def _get(plain: Any) -> Any:
    async def get(self: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        if recording is None:
            return await plain.get(self, *args, **options)
        default = asked = args[1] if len(args) > 1 else options.get("default")
        # None is what aiocache cannot store. Plugins see what is asked for, so nothing is put in its place for them.
        if default is not None and not self.plugins:
            asked = _MISSING
            args, options = _asking(asked, args, options)
        started = perf_counter()
        try:
            value = await plain.get(self, *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, "get", 1, error)
            raise
        seconds = perf_counter() - started
        if value is None or value is asked:
            recording.miss(seconds)
            return default if value is asked else value
        recording.hit(seconds)
        return value

    return get


def _asking(default: Any, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a lookup with this default."""
    if len(args) > 1:
        return (args[0], default, *args[2:]), options
    return args, {**options, "default": default}


def _multi_get(plain: Any) -> Any:
    async def multi_get(self: Any, keys: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        if recording is None:
            return await plain.multi_get(self, keys, *args, **options)
        keys, count = countable(keys)
        started = perf_counter()
        try:
            values = await plain.multi_get(self, keys, *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, "get", max(1, count()), error)
            raise
        misses = sum(value is None for value in values)
        recording.found(perf_counter() - started, len(values) - misses, misses)
        return values

    return multi_get


def _multi_set(plain: Any) -> Any:
    async def multi_set(self: Any, pairs: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        if recording is None:
            return await plain.multi_set(self, pairs, *args, **options)
        pairs, count = countable(pairs)
        started = perf_counter()
        try:
            answer = await plain.multi_set(self, pairs, *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, "set", max(1, count()), error)
            raise
        recording.done(perf_counter() - started, "set", count())
        return answer

    return multi_set


def _changing(method: Callable[..., Any], name: str, operation: Operation) -> Callable[..., Any]:
    async def changed(self: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        if recording is None:
            return await method(self, *args, **options)
        started = perf_counter()
        try:
            answer = await method(self, *args, **options)
        except BaseException as error:
            # `add` says so that the key is there already: an answer of the cache, and no failure.
            if name == "add" and type(error) is ValueError:
                recording.done(perf_counter() - started, operation, 1)
            else:
                recording.failed(perf_counter() - started, operation, 1, error)
            raise
        recording.done(perf_counter() - started, operation, 1)
        return answer

    return changed


class MetricsPlugin:
    """Counts what succeeds, for `plugins=[MetricsPlugin(metrics)]` or a configuration of aiocache's.

    There it is `{"class": "stackgen.instrument.aiocache.MetricsPlugin", "cache": "users", "backend": "redis"}`.
    """

    def __init__(self, metrics: Recorder | None = None, *, cache: str = "default", backend: Backend = "local") -> None:
        self.metrics = metrics if metrics is not None else CacheMetrics(cache=cache, backend=backend)
        self._recording = Recording(self.metrics)

    def __getattr__(self, name: str) -> Any:
        """The hook of that name; those before an operation do nothing."""
        if name.startswith("pre_"):
            return _nothing
        operation = _ONE.get(name.removeprefix("post_"))
        if operation is None or not name.startswith("post_"):
            raise AttributeError(name)

        async def ended(*_: Any, took: float = 0.0, **__: Any) -> None:
            self._recording.done(took, operation, 1)

        return ended

    async def post_get(self, _client: Any, *args: Any, took: float = 0.0, ret: Any = None, **options: Any) -> None:
        """A lookup ended."""
        default = args[1] if len(args) > 1 else options.get("default")
        found = ret is not None and ret is not default
        (self._recording.hit if found else self._recording.miss)(took)

    async def post_multi_get(self, *_: Any, took: float = 0.0, ret: Any = (), **__: Any) -> None:
        """A lookup of several keys ended."""
        misses = sum(value is None for value in ret)
        self._recording.found(took, len(ret) - misses, misses)

    async def post_multi_set(self, _client: Any, *args: Any, took: float = 0.0, **options: Any) -> None:
        """Several values were stored."""
        pairs = args[0] if args else options["pairs"]
        self._recording.done(took, "set", len(pairs) if hasattr(pairs, "__len__") else 1)


async def _nothing(*_: Any, **__: Any) -> None:
    pass
