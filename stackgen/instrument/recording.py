"""What the methods of an observed object are recorded by, and how many entries one of them was about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stackgen.exporters.cache import Kind, Operation
from stackgen.instrument.errors import THROWN_IN, Kinds, kinds_of
from stackgen.instrument.recorder import Recorder


class Recording:
    """What an object's methods are recorded by.

    `kind` says what kind of error an exception of its library is, where its class does not, or not alone: it is given
    the exception, and what goes by the class.
    """

    __slots__ = ("__weakref__", "_done", "hit", "kind", "metrics", "miss")

    def __init__(self, metrics: Recorder, kind: Callable[[BaseException, Kinds], Kind] | None = None) -> None:
        self.metrics = metrics
        kinds = kinds_of(metrics)
        self.kind: Kinds = kinds if kind is None else lambda error: kind(error, kinds)
        #: A lookup of one key ended, after so many seconds.
        self.hit: Callable[[float], None] = metrics.record_hit
        self.miss: Callable[[float], None] = metrics.record_miss
        self._done = {
            "set": metrics.record_set,
            "delete": metrics.record_delete,
            "invalidate": metrics.record_invalidate,
            "other": metrics.record_other,
        }

    def found(self, seconds: float, hits: int, misses: int) -> None:
        """A lookup ended; so many of its keys had a value, so many had none."""
        for _ in range(hits):
            self.hit(seconds)
        for _ in range(misses):
            self.miss(seconds)

    def done(self, seconds: float, operation: Operation, entries: int) -> None:
        """Anything but a lookup ended."""
        for _ in range(entries):
            self._done[operation](seconds)

    def failed(self, seconds: float, operation: Operation, entries: int, error: BaseException) -> None:
        """An operation ended in an exception."""
        if not isinstance(error, THROWN_IN):
            kind = self.kind(error)
            for _ in range(entries):
                self.metrics.record_error(seconds, operation, kind)


def countable(entries: Any) -> tuple[Any, Callable[[], int]]:
    """The entries as they are, and what says how many they were; an iterator is counted while it is gone through."""
    if not isinstance(entries, Iterator):
        return entries, lambda: len(entries) if hasattr(entries, "__len__") else 1
    seen = 0

    def counting() -> Iterator[Any]:
        nonlocal seen
        for entry in entries:
            seen += 1
            yield entry

    return counting(), lambda: seen
