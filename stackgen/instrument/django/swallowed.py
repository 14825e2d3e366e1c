"""Failures that django-redis keeps to itself: with `IGNORE_EXCEPTIONS` a Redis that is down looks like misses."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from functools import cache
from typing import Any

from stackgen.exporters.cache import Operation
from stackgen.instrument.django.recording import CacheRecording, Creation
from stackgen.instrument.recorder import Recorder

#: The failure that was kept from the operation under way. Django takes it along into threads, and out of them again.
_swallowed: ContextVar[BaseException | None] = ContextVar("_swallowed", default=None)


class WatchfulRecording(CacheRecording):
    """Records an operation as failed if its caller was not told so."""

    __slots__ = ()

    def __init__(self, metrics: Recorder) -> None:
        super().__init__(metrics)
        self.hit = lambda seconds: self._judged(seconds, metrics.record_hit)
        self.miss = lambda seconds: self._judged(seconds, metrics.record_miss)

    def _judged(self, seconds: float, record: Any) -> None:
        error = self.swallowed()
        if error is None:
            record(seconds)
        else:
            self.failed(seconds, "get", 1, error)

    def found(self, seconds: float, hits: int, misses: int) -> None:
        """A lookup of several keys ended; of one that failed every key counts as failed."""
        error = self.swallowed()
        if error is None:
            super().found(seconds, hits, misses)
        else:
            self.failed(seconds, "get", max(1, hits + misses), error)

    def done(self, seconds: float, operation: Operation, entries: int) -> None:
        """Anything but a lookup ended."""
        error = self.swallowed()
        if error is None:
            super().done(seconds, operation, entries)
        else:
            self.failed(seconds, operation, max(1, entries), error)

    def created(self, creation: Creation) -> None:
        """A `get_or_set` ended; if a part of it failed, no part of it did what it was for."""
        afterwards = self.swallowed()
        error = creation.swallowed or afterwards
        if error is None:
            super().created(creation)
        else:
            self.failed((creation.began or creation.ended) - creation.started, "get", 1, error)
            creation.record_load(self.metrics)

    def swallowed(self) -> BaseException | None:
        """The failure that the operation under way has kept from its caller, told once."""
        error = _swallowed.get()
        if error is not None:
            _swallowed.set(None)
        return error

    def inner_class(self, plain: Any) -> Any:
        """The plain class, which says when it is about to keep a failure to itself."""
        return _watchful(plain)


@cache
def _watchful(plain: Any) -> Any:
    """A subclass that notes a failure when it is asked whether to ignore it."""

    def ignores(self: Any) -> Any:
        ignored = vars(self)["_ignore_exceptions"]
        error = sys.exception()
        if ignored and error is not None:
            _swallowed.set(error.__cause__ or error)
        return ignored

    return type(plain.__name__, (plain,), {"_ignore_exceptions": property(ignores), "__module__": plain.__module__})
