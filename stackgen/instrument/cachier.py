"""Functions decorated with cachier, observed where they are.

    @cachier(stale_after=timedelta(hours=1), next_time=True)
    def report(day): ...

    instrument(report, CacheMetrics(cache="reports", backend="file"))

A call is a hit, a miss or, with `next_time`, stale. What it computes is a load and is stored; a value that was there
and is computed again is a recalculation. Who waits for another's computation had a miss; who gives up, a timeout too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from time import perf_counter
from types import MethodType
from typing import Any, Final, TypeVar

from stackgen.exporters.cache import Operation
from stackgen.instrument.errors import THROWN_IN
from stackgen.instrument.recorder import Recorder
from stackgen.instrument.recording import Recording

__all__ = ["instrument", "uninstrument"]

T = TypeVar("T")

#: The call under way. What a core does outside of one is the work of a background thread or task.
_current: ContextVar[_Call | None] = ContextVar("_current", default=None)

_OVERWRITE: Final = ("cachier__overwrite_cache", "overwrite_cache")


def instrument(target: T, metrics: Recorder) -> T:
    """Observe a decorated function and give it back. Raises TypeError for any other."""
    uninstrument(target)
    cell, core, stale_after = _parts(target)
    plain, recording = cell.cell_contents, Recording(metrics)
    observed = _async_call if plain.__name__ == "_call_async" else _sync_call
    cell.cell_contents = observed(plain, recording, stale_after)
    for name, maker in _CORE.items():
        if hasattr(core, name):
            setattr(core, name, MethodType(maker(getattr(core, name), recording), core))
    target._stackgen_cachier = (cell, core, plain)  # type: ignore[attr-defined]  # noqa: SLF001  -- ours
    target.metrics = metrics  # type: ignore[attr-defined]
    return target


def uninstrument(target: T) -> T:
    """Have the function be as it was, and give it back. Raises TypeError for one that cachier has not decorated."""
    worn = getattr(target, "_stackgen_cachier", None)
    if worn is None:
        _parts(target)
        return target
    cell, core, plain = worn
    cell.cell_contents = plain
    for name in _CORE:
        vars(core).pop(name, None)
    del target._stackgen_cachier, target.metrics  # type: ignore[attr-defined]  # noqa: SLF001
    return target


def _parts(target: Any) -> tuple[Any, Any, timedelta | None]:
    """Where the function finds what it calls, the core that holds its entries, and when those are stale."""
    cells = _cells(target)
    for name in ("_call", "_call_async"):
        if name in cells:
            inner = _cells(getattr(cells[name].cell_contents, "__wrapped__", cells[name].cell_contents))
            if "core" in inner:
                return cells[name], inner["core"].cell_contents, inner["stale_after"].cell_contents
    message = f"cannot instrument {target!r}: it is not decorated with cachier, or with one that is not known here"
    raise TypeError(message)


def _cells(function: Any) -> dict[str, Any]:
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    return dict(zip(names, getattr(function, "__closure__", None) or (), strict=True))


class _Call:
    """What one call has come across so far; times are those of `perf_counter`."""

    def __init__(self, *, overwrites: bool = False) -> None:
        self.started = perf_counter()
        self.over = False
        self.overwrites = overwrites
        #: What failed, if something of the cache's did.
        self.failed: Operation | None = None
        self.looked_up: float | None = None
        #: The entry's time, if there was one; and whether somebody computed it anew at that moment.
        self.found: datetime | None = None
        self.processing = False
        self.waited = False
        self.gave_up = False
        #: When the computation began, when it ended and was stored, and when that was done.
        self.began: float | None = None
        self.storing: float | None = None
        self.stored: float | None = None
        self.rejected = False


# -- the call --


def _sync_call(plain: Callable[..., Any], recording: Recording, stale_after: timedelta | None) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        with _observed(recording, stale_after, options):
            return plain(*args, **options)

    call.__wrapped__ = plain  # type: ignore[attr-defined]
    return call


def _async_call(plain: Callable[..., Any], recording: Recording, stale_after: timedelta | None) -> Callable[..., Any]:
    async def call(*args: Any, **options: Any) -> Any:
        with _observed(recording, stale_after, options):
            return await plain(*args, **options)

    call.__wrapped__ = plain  # type: ignore[attr-defined]
    return call


@contextmanager
def _observed(recording: Recording, stale_after: timedelta | None, options: dict[str, Any]) -> Iterator[None]:
    call = _Call(overwrites=any(options.get(name) for name in _OVERWRITE))
    token = _current.set(call)
    error: BaseException | None = None
    try:
        yield
    except BaseException as raised:
        error = raised
        raise
    finally:
        _current.reset(token)
        call.over = True
        _record(recording, call, stale_after, error)


def _record(recording: Recording, call: _Call, stale_after: timedelta | None, error: BaseException | None) -> None:
    now, metrics = perf_counter(), recording.metrics
    if call.failed == "get" and error is not None:
        recording.failed(now - call.started, "get", 1, error)
    if call.looked_up is None:  # it did not ask the cache
        return
    if call.gave_up:
        metrics.record_wait_timeout()
    computed = call.storing is not None or (call.began is not None and error is not None)
    if not call.overwrites:
        if computed or call.waited:
            recording.miss(call.looked_up - call.started)
        elif call.began is not None or (call.processing and _is_stale(call.found, stale_after)):
            metrics.record_stale(now - call.started)
        elif error is None:
            recording.hit(now - call.started)
    if call.began is not None and call.found is not None:
        metrics.record_recalculation()
    if computed:
        _record_load(recording, call, error, now)


def _record_load(recording: Recording, call: _Call, error: BaseException | None, now: float) -> None:
    assert call.began is not None
    if call.storing is None:
        if not isinstance(error, THROWN_IN):
            recording.metrics.record_load_error(now - call.began)
        return
    recording.metrics.record_load(call.storing - call.began)
    if call.stored is None:
        if error is not None:
            recording.failed(now - call.storing, "set", 1, error)
    elif call.rejected:
        recording.metrics.record_size_limit_rejection()
    else:
        recording.done(call.stored - call.storing, "set", 1)


def _is_stale(time: datetime | None, stale_after: timedelta | None) -> bool:
    if stale_after is None:
        from cachier.config import get_default_params  # noqa: PLC0415  -- it is there: it has decorated a function

        stale_after = get_default_params().stale_after
    return time is not None and datetime.now() - time > stale_after


# -- what its core does --


def _ongoing() -> _Call | None:
    call = _current.get()
    return None if call is None or call.over else call


def _looked_up(call: _Call, entry: Any) -> None:
    call.looked_up = perf_counter()
    call.failed = None
    if entry is not None and (entry._completed or entry._processing):  # noqa: SLF001  -- what cachier itself looks at
        call.processing = entry._processing  # noqa: SLF001
        call.found = entry.time if entry._completed else None  # noqa: SLF001


def _get_entry(plain: Callable[..., Any], _: Recording) -> Callable[..., Any]:
    def get_entry(_core: Any, args: Any, kwds: Any) -> Any:
        call = _ongoing()
        if call is not None and call.looked_up is None:
            call.failed = "get"
        key, entry = plain(args, kwds)
        if call is not None:
            _looked_up(call, entry)
        return key, entry

    return get_entry


def _aget_entry(plain: Callable[..., Any], _: Recording) -> Callable[..., Any]:
    async def aget_entry(_core: Any, args: Any, kwds: Any) -> Any:
        call = _ongoing()
        if call is not None:
            call.failed = "get"
        key, entry = await plain(args, kwds)
        if call is not None:
            _looked_up(call, entry)
        return key, entry

    return aget_entry


def _mark(plain: Callable[..., Any], _: Recording) -> Callable[..., Any]:
    def mark_entry_being_calculated(_core: Any, key: Any) -> Any:
        answer = plain(key)
        if (call := _ongoing()) is not None:
            call.began = perf_counter()
        return answer

    return mark_entry_being_calculated


def _amark(plain: Callable[..., Any], _: Recording) -> Callable[..., Any]:
    async def amark_entry_being_calculated(_core: Any, key: Any) -> Any:
        answer = await plain(key)
        if (call := _ongoing()) is not None:
            call.began = perf_counter()
        return answer

    return amark_entry_being_calculated


@contextmanager
def _storing(recording: Recording) -> Iterator[_Call]:
    """A value is stored: by the call under way, or in the background, where it is recorded here."""
    call = _ongoing()
    if call is not None:
        call.storing = call.storing or perf_counter()
        yield call
        call.stored = perf_counter()
        return
    background = _Call()
    background.began = background.storing = perf_counter()
    token = _current.set(background)
    try:
        yield background
    except BaseException as error:
        recording.failed(perf_counter() - background.storing, "set", 1, error)
        raise
    finally:
        _current.reset(token)
    if background.rejected:
        recording.metrics.record_size_limit_rejection()
    else:
        recording.done(perf_counter() - background.storing, "set", 1)


def _set_entry(plain: Callable[..., Any], recording: Recording) -> Callable[..., Any]:
    def set_entry(_core: Any, key: Any, value: Any) -> Any:
        with _storing(recording) as call:
            stored = plain(key, value)
            call.rejected = stored is False
        return stored

    return set_entry


def _aset_entry(plain: Callable[..., Any], recording: Recording) -> Callable[..., Any]:
    async def aset_entry(_core: Any, key: Any, value: Any) -> Any:
        with _storing(recording) as call:
            stored = await plain(key, value)
            call.rejected = stored is False
        return stored

    return aset_entry


def _wait(plain: Callable[..., Any], _: Recording) -> Callable[..., Any]:
    def wait_on_entry_calc(_core: Any, key: Any) -> Any:
        from cachier.cores.base import RecalculationNeeded  # noqa: PLC0415

        call = _ongoing()
        if call is not None:
            call.waited = True
        try:
            return plain(key)
        except RecalculationNeeded:
            if call is not None:
                call.gave_up = True
            raise

    return wait_on_entry_calc


def _clear(plain: Callable[..., Any], recording: Recording) -> Callable[..., Any]:
    def clear_cache(_core: Any) -> Any:
        started = perf_counter()
        answer = plain()
        recording.done(perf_counter() - started, "invalidate", 1)
        return answer

    return clear_cache


#: The methods of a core that are observed, and what makes them of the plain ones.
_CORE: Final = {
    "get_entry": _get_entry,
    "aget_entry": _aget_entry,
    "mark_entry_being_calculated": _mark,
    "amark_entry_being_calculated": _amark,
    "set_entry": _set_entry,
    "aset_entry": _aset_entry,
    "wait_on_entry_calc": _wait,
    "clear_cache": _clear,
}
