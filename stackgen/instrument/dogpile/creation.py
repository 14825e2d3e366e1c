"""`get_or_create`: a lookup, and where it found nothing that is still good, the creator and the store after it.

The region calls what it is given, so the creator is wrapped to note what became of it. Where the region asks whether a
value is a miss (`_is_cache_miss`), it is noted what was found.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from time import perf_counter, time
from typing import Any, Final

from stackgen.instrument.errors import THROWN_IN
from stackgen.instrument.observed import state_of
from stackgen.instrument.recording import Recording


def creation_methods(plain: Any) -> Mapping[str, Any]:
    """Of a region's class: the methods that create values, and what these ask."""
    makers = {
        "get_or_create": _get_or_create,
        "get_or_create_multi": _get_or_create_multi,
        "_is_cache_miss": _noted,
    }
    return {name: maker(plain) for name, maker in makers.items() if hasattr(plain, name)}


class _Progress:
    """What the `get_or_create` under way in a thread has come across."""

    __slots__ = ("creator", "ended", "found", "keys", "missed", "recording", "rejected")

    def __init__(self) -> None:
        self.begin()
        #: The creator of the one under way, which is called with what records it.
        self.creator: Callable[..., Any] | None = None
        self.recording: Recording | None = None

    def begin(self) -> None:
        """Forget what the last one came across."""
        #: The value that the last lookup found.
        self.found: Any = None
        #: When a lookup ended that found nothing.
        self.missed: float | None = None
        #: When the creator had ended.
        self.ended: float | None = None
        #: The keys that the creator was given.
        self.keys: tuple[Any, ...] = ()
        #: How many of its values were not to be stored.
        self.rejected = 0

    def create(self, *args: Any, **options: Any) -> Any:
        """Call the creator."""
        assert self.recording is not None
        assert self.creator is not None
        return _create(self.recording, self.creator, *args, **options)

    def let_go(self) -> None:
        """Hold nothing of the application's any longer."""
        self.found = self.creator = None


class _Threads(threading.local):
    """One for each thread: to make one for each call would cost more than the rest together."""

    def __init__(self) -> None:
        self.progress = _Progress()


_threads: Final = _Threads()


def _create(recording: Recording, creator: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The creator; a runner may call it in a thread of its own, and only where there is a value already."""
    progress = _threads.progress
    found, missed = progress.found, progress.missed
    began = perf_counter()
    ended = None
    try:
        value = creator(*args, **options)
        ended = perf_counter()
    except BaseException as error:
        if not isinstance(error, THROWN_IN):
            recording.metrics.record_load_error(perf_counter() - began)
        raise
    finally:
        # The creator may have used a region itself.
        progress.found, progress.missed, progress.ended = found, missed or began, ended
        progress.keys, progress.rejected = args, 0
    recording.metrics.record_load(ended - began)
    if missed is None:
        recording.metrics.record_recalculation()
    return value


def _create_many(recording: Recording, creator: Callable[..., Any], *keys: Any) -> Any:
    _threads.progress.missed = perf_counter()
    return _create(recording, creator, *keys)


def _deciding(should_cache: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def should(value: Any) -> bool:
        stored = should_cache(value)
        _threads.progress.rejected += not stored
        return stored

    return should


def _get_or_create(plain: Any) -> Any:
    method = plain.get_or_create

    def get_or_create(
        self: Any,
        key: Any,
        creator: Any,
        expiration_time: Any = None,
        should_cache_fn: Any = None,
        creator_args: Any = None,
    ) -> Any:
        try:
            recording: Recording = self._stackgen
        except AttributeError:
            return method(self, key, creator, expiration_time, should_cache_fn, creator_args)
        progress: Any = _threads.progress
        progress.found = progress.missed = progress.ended = None
        create = progress.create
        if self.async_creation_runner is None:
            progress.recording, progress.creator = recording, creator
        else:  # who may call it when this is long over
            create = partial(_create, recording, creator)
        decide = None if should_cache_fn is None else _deciding(should_cache_fn)
        started = perf_counter()
        try:
            value = method(self, key, create, expiration_time, decide, creator_args)
        except BaseException as error:
            _failed(recording, progress, started, error)
            raise
        if progress.missed is not None:
            _made(self, recording, progress, started)
        else:
            limit = self.expiration_time if expiration_time is None else expiration_time
            # What never expires is never stale.
            if limit is None or limit == -1 or not _is_stale(self, progress.found, limit):
                recording.hit(perf_counter() - started)
            else:
                recording.metrics.record_stale(perf_counter() - started)
        progress.found = progress.creator = None
        return value

    return get_or_create


def _is_stale(region: Any, found: Any, limit: float) -> bool:
    made = found.metadata["ct"]
    return bool(time() - made > limit or region.region_invalidator.is_soft_invalidated(made))


def _made(region: Any, recording: Recording, progress: _Progress, started: float) -> None:
    """A lookup found nothing, or something that had to be made anew at once."""
    now = perf_counter()
    missed, ended, found = progress.missed, progress.ended, progress.found
    assert missed is not None
    if ended is not None and found is not None and region.async_creation_runner is not None:
        # Its runner made the value in this thread, and the one that was there is given.
        recording.metrics.record_stale(now - started)
        return
    # Whoever waited for another one's creation found nothing either.
    recording.miss(missed - started)
    if ended is not None and not progress.rejected:
        recording.done(now - ended, "set", 1)


def _failed(recording: Recording, progress: _Progress, started: float, error: BaseException) -> None:
    now = perf_counter()
    progress.let_go()
    if progress.missed is None:
        recording.failed(now - started, "get", 1, error)
        return
    recording.miss(progress.missed - started)
    if progress.ended is not None:
        recording.failed(now - progress.ended, "set", 1, error)


def _get_or_create_multi(plain: Any) -> Any:
    def get_or_create_multi(
        self: Any, keys: Any, creator: Any, expiration_time: Any = None, should_cache_fn: Any = None
    ) -> Any:
        recording: Recording | None = state_of(self)
        if recording is None:
            return plain.get_or_create_multi(self, keys, creator, expiration_time, should_cache_fn)
        create = partial(_create_many, recording, creator)
        decide = None if should_cache_fn is None else _deciding(should_cache_fn)
        progress = _threads.progress
        progress.begin()
        started = perf_counter()
        try:
            values = plain.get_or_create_multi(self, keys, create, expiration_time, decide)
        except BaseException as error:
            _failed(recording, progress, started, error)
            raise
        now = perf_counter()
        made = 0 if progress.ended is None else len(progress.keys)
        recording.found(now - started, max(0, len(set(keys)) - made), made)
        if progress.ended is not None:
            recording.done(now - progress.ended, "set", made - progress.rejected)
        progress.let_go()
        return values

    return get_or_create_multi


def _noted(plain: Any) -> Any:
    method = plain._is_cache_miss  # noqa: SLF001  -- what `get_or_create` asks of a value that it found

    def _is_cache_miss(self: Any, value: Any, key: Any) -> Any:
        missing = method(self, value, key)
        progress = _threads.progress
        if not missing:
            progress.found = value
        elif progress.missed is None:
            progress.missed = perf_counter()
        return missing

    return _is_cache_miss
