"""Any function or method, sync or async, observed as an operation on a cache; and any piece of code.

@observe(cache="users")
def find_user(key): ...                # a hit if it gives something, a miss if it gives None

find_user.metrics.snapshot().hit_ratio

with observe(metrics, "get") as op:    # or `async with`
value = table.get(key)
op.hit() if value is not None else op.miss()
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import update_wrapper
from os import PathLike
from time import perf_counter
from types import FunctionType, TracebackType
from typing import Any, Final, Literal, ParamSpec, TypeVar, get_args

from prometheus_client.registry import REGISTRY, CollectorRegistry

from stackgen.exporters.cache import Backend, CacheMetrics, Operation
from stackgen.instrument.errors import THROWN_IN, kinds_of
from stackgen.instrument.recorder import Recorder

__all__ = ["observe", "uninstrument"]

P = ParamSpec("P")
R = TypeVar("R")

#: What a function does: an operation on a cache, or the load of a value from its source.
What = Literal["get", "set", "delete", "invalidate", "other", "load"]

_OPERATIONS: Final[frozenset[What]] = frozenset(get_args(What))


def is_something(value: object) -> bool:
    """Whether a lookup that gave this found something: anything but None."""
    return value is not None


class observe:  # noqa: N801  -- reads as what it does, on a function and in `with`
    """A decorator, and a context manager for one body.

    `what` is the operation. A lookup is a hit if `hit` holds for what it gives. Without `metrics` the decorator makes
    them: `cache` is the function's name unless told, and `backend`, `enabled`, `sampling`, `shared` and `registry` are
    those of `CacheMetrics`. The function has them as `.metrics`. With `enabled=False` it is given back as it is.

    Raises ValueError for an operation that there is not, TypeError for what cannot be observed as a call: classes,
    generators.
    """

    def __init__(
        self,
        metrics: Recorder | None = None,
        what: What = "get",
        *,
        hit: Callable[[Any], bool] = is_something,
        cache: str | None = None,
        backend: Backend = "local",
        enabled: bool = True,
        sampling: float = 1.0,
        shared: str | PathLike[str] | None = None,
        registry: CollectorRegistry | None = REGISTRY,
    ) -> None:
        if what not in _OPERATIONS:
            message = f"a function cannot be observed as {what!r}; it is one of {', '.join(sorted(_OPERATIONS))}"
            raise ValueError(message)
        self._what = what
        self._hit = hit
        self._metrics = metrics
        self._cache = cache
        self._enabled = enabled
        self._made_with: dict[str, Any] = {
            "backend": backend, "enabled": enabled, "sampling": sampling, "shared": shared, "registry": registry,
        }  # fmt: skip
        self._timer: Any = None

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, observed; a `classmethod` or `staticmethod` stays one."""
        if isinstance(function, (classmethod, staticmethod)):
            return type(function)(self(function.__func__))
        _check(function)
        metrics = self._recorder(_name(function))
        if not self._enabled and isinstance(function, FunctionType):
            observed: Any = function
        elif inspect.iscoroutinefunction(function):
            observed = _async_call(function, _Ends(metrics, self._what), self._hit)
        else:
            observed = _call(function, _Ends(metrics, self._what), self._hit)
        observed.metrics = metrics
        if observed is not function:
            observed._stackgen.off = not self._enabled  # noqa: SLF001  -- an attribute of ours
        return observed  # type: ignore[no-any-return]

    def _recorder(self, name: str) -> Recorder:
        if self._metrics is not None:
            return self._metrics
        return CacheMetrics(cache=self._cache or name, **self._made_with)

    def __enter__(self) -> Any:
        """Begin, and give the timer: a lookup's body says `hit()` or `miss()`."""
        if self._timer is not None:
            message = "this observe() is in use; make one for each `with`"
            raise RuntimeError(message)
        timer = getattr(self._recorder("unnamed"), f"time_{self._what}")()
        timer.__enter__()
        self._timer = timer
        return timer

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        timer, self._timer = self._timer, None
        # What is thrown in from outside is no failure of the cache.
        if not isinstance(error, THROWN_IN):
            timer.__exit__(kind, error, trace)

    async def __aenter__(self) -> Any:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


def instrument(target: Any, _metrics: Recorder, **_: Any) -> Any:
    """A function that is not made by a cache's decorator cannot be observed where it is: raises TypeError."""
    message = f"cannot instrument {target!r} in its place; use what observe(metrics)(function) gives"
    raise TypeError(message)


def uninstrument(function: Any) -> Any:
    """Have an observed function record nothing any more, and give back what it was made of."""
    ends: _Ends | None = getattr(function, "_stackgen", None)
    if ends is None:
        return function
    ends.off = True
    return function.__wrapped__


def _check(function: Any) -> None:
    if isinstance(function, type) or not callable(function):
        message = f"cannot observe {function!r}: give a function or a method"
        raise TypeError(message)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        message = f"cannot observe {_name(function)}: a call of a generator does nothing yet; use `with observe(...)`"
        raise TypeError(message)


def _name(function: Any) -> str:
    inner = inspect.unwrap(function)
    inner = getattr(inner, "func", inner)  # of functools.partial
    name = getattr(inner, "__qualname__", type(inner).__qualname__)
    return f"{getattr(inner, '__module__', None) or type(inner).__module__}.{name}"


class _Ends:
    """How the calls of one function end."""

    __slots__ = ("_error", "_kind", "_operation", "found", "missed", "off", "sole")

    def __init__(self, metrics: Recorder, what: What) -> None:
        self.off = False
        self._kind = kinds_of(metrics)
        self.found = metrics.record_hit
        self.missed = metrics.record_miss
        #: How a call ends that is no lookup.
        self.sole = None if what == "get" else getattr(metrics, f"record_{what}")
        self._operation: Operation | None = None if what == "load" else what
        self._error: Any = metrics.record_load_error if what == "load" else metrics.record_error

    def failed(self, seconds: float, error: BaseException) -> None:
        """A call ended in an exception."""
        if isinstance(error, THROWN_IN):
            return
        if self._operation is None:
            self._error(seconds)
        else:
            self._error(seconds, self._operation, self._kind(error))


def _call(function: Callable[..., Any], ends: _Ends, hit: Callable[[Any], bool]) -> Any:
    sole, found, missed, failed = ends.sole, ends.found, ends.missed, ends.failed

    if sole is not None:

        def operation(*args: Any, **options: Any) -> Any:
            if ends.off:
                return function(*args, **options)
            started = perf_counter()
            try:
                value = function(*args, **options)
            except BaseException as error:
                failed(perf_counter() - started, error)
                raise
            sole(perf_counter() - started)
            return value

        return _made_of(operation, function, ends)

    def lookup(*args: Any, **options: Any) -> Any:
        if ends.off:
            return function(*args, **options)
        started = perf_counter()
        try:
            value = function(*args, **options)
        except BaseException as error:
            failed(perf_counter() - started, error)
            raise
        seconds = perf_counter() - started
        # The usual question costs no call.
        (found if (value is not None if hit is is_something else hit(value)) else missed)(seconds)
        return value

    return _made_of(lookup, function, ends)


def _async_call(function: Callable[..., Any], ends: _Ends, hit: Callable[[Any], bool]) -> Any:
    sole, found, missed, failed = ends.sole, ends.found, ends.missed, ends.failed

    async def call(*args: Any, **options: Any) -> Any:
        if ends.off:
            return await function(*args, **options)
        started = perf_counter()
        try:
            value = await function(*args, **options)
        except BaseException as error:
            failed(perf_counter() - started, error)
            raise
        seconds = perf_counter() - started
        (sole or (found if hit(value) else missed))(seconds)
        return value

    return _made_of(call, function, ends)


def _made_of(observed: Any, function: Callable[..., Any], ends: _Ends) -> Any:
    update_wrapper(observed, function)
    observed._stackgen = ends  # noqa: SLF001  -- an attribute of ours
    return observed
