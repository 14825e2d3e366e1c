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
from os import PathLike
from types import FunctionType, TracebackType
from typing import (
    Any,
    Concatenate,
    Final,
    Generic,
    ParamSpec,
    Protocol,
    Self,
    TypeVar,
    get_args,
    overload,
)

from prometheus_client.registry import REGISTRY, CollectorRegistry

from stackgen.exporters.cache import Backend, CacheMetrics
from stackgen.instrument.calls import Ends, What, is_something, observed_call
from stackgen.instrument.errors import THROWN_IN
from stackgen.instrument.recorder import Recorder

__all__ = ["Observed", "observe", "uninstrument"]

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
S = TypeVar("S")
M = TypeVar("M", bound=Recorder)
R_co = TypeVar("R_co", covariant=True)
M_co = TypeVar("M_co", covariant=True)

_OPERATIONS: Final[frozenset[What]] = frozenset(get_args(What))


class Observed(Protocol[P, R_co, M_co]):
    """An observed function: called as the function is, and with what it records to as `.metrics`."""

    @property
    def metrics(self) -> M_co:
        """What it records to."""

    @property
    def __name__(self) -> str: ...

    def __call__(self, *args: P.args, **options: P.kwargs) -> R_co:
        """Call the function."""

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(
        self: Observed[Concatenate[S, Q], R, M], instance: S, owner: type | None = None
    ) -> Observed[Q, R, M]: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """The method of an object, as every function has it."""


class observe(Generic[M]):  # noqa: N801  -- reads as what it does, on a function and in `with`
    """A decorator, and a context manager for one body.

    `what` is the operation. A lookup is a hit if `hit` holds for what it gives. Without `metrics` the decorator makes
    them: `cache` is the function's name unless told, and `backend`, `enabled`, `sampling`, `shared` and `registry` are
    those of `CacheMetrics`. The function has them as `.metrics`. With `enabled=False` it is given back as it is.

    Raises ValueError for an operation that there is not, TypeError for what cannot be observed as a call: classes,
    generators.
    """

    @overload
    def __init__(
        self: observe[CacheMetrics],
        metrics: None = None,
        what: What = "get",
        *,
        hit: Callable[[Any], bool] = is_something,
        cache: str | None = None,
        backend: Backend = "local",
        enabled: bool = True,
        sampling: float = 1.0,
        shared: str | PathLike[str] | None = None,
        registry: CollectorRegistry | None = REGISTRY,
    ) -> None: ...
    @overload
    def __init__(
        self, metrics: M, what: What = "get", *, hit: Callable[[Any], bool] = is_something, enabled: bool = True
    ) -> None: ...
    def __init__(
        self,
        metrics: M | None = None,
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

    def __call__(self, function: Callable[P, R]) -> Observed[P, R, M]:
        """The function, observed; a `classmethod` or `staticmethod` stays one."""
        if isinstance(function, (classmethod, staticmethod)):
            return type(function)(self(function.__func__))  # type: ignore[return-value]
        _check(function)
        metrics = self._recorder(_name(function))
        if not self._enabled and isinstance(function, FunctionType):
            observed: Any = function
        else:
            observed = observed_call(function, Ends(metrics, self._what), self._hit)
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
    ends: Ends | None = getattr(function, "_stackgen", None)
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
