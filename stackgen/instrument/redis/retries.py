"""Retries: redis-py computes a pause before each one, so what counts the pauses counts the retries."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from redis.backoff import AbstractBackoff, NoBackoff

from stackgen.instrument.recorder import Recorder

# redis-py has no public way to these: `_backoff` is the same attribute of both kinds of `Retry` in 5 to 8.


class CountedBackoff(AbstractBackoff):
    """A backoff that counts each retry, and is equal to the one that it stands before."""

    def __init__(self, plain: Any, metrics: Recorder, original: Any = None) -> None:
        self.plain = plain
        self.metrics = metrics
        #: The `Retry` that one with this backoff stands for; None in the copies that connections make.
        self.original = original

    def reset(self) -> None:
        """Begin a new command."""
        self.plain.reset()

    def compute(self, failures: int) -> float:
        """The pause before the next attempt, in seconds."""
        self.metrics.record_retry()
        pause: float = self.plain.compute(failures)
        return pause

    def __eq__(self, other: object) -> bool:
        return bool(self.plain == (other.plain if isinstance(other, CountedBackoff) else other))

    def __hash__(self) -> int:
        return hash(self.plain)

    def __deepcopy__(self, memo: dict[int, Any]) -> CountedBackoff:
        # Each connection makes a copy of the client's; they all count for the same metrics.
        return CountedBackoff(copy.deepcopy(self.plain, memo), self.metrics)


def counted(retry: Any, metrics: Recorder) -> Any:
    """A `Retry` like this one, which counts; the one given may be shared with other clients and stays as it is."""
    original = plain(retry)
    retry = copy.copy(original)
    retry._backoff = CountedBackoff(retry._backoff, metrics, original)  # noqa: SLF001
    return retry


def plain(retry: Any) -> Any:
    """A `Retry` that counts no more."""
    backoff = retry._backoff  # noqa: SLF001
    if not isinstance(backoff, CountedBackoff):
        return retry
    if backoff.original is not None:
        return backoff.original
    retry = copy.copy(retry)
    retry._backoff = backoff.plain  # noqa: SLF001
    return retry


def count_retries(pool: Any, metrics: Recorder, retry_class: Any) -> None:
    """Count the retries of a pool's connections, of those that there are and those that it will make."""
    options = pool.connection_kwargs
    if options.get("retry") is not None:
        options["retry"] = counted(options["retry"], metrics)
    elif options.get("retry_on_timeout") or options.get("retry_on_error"):
        # What a connection makes for itself when it is told on what to retry, but not how.
        options["retry"] = counted(retry_class(NoBackoff(), 1), metrics)
    for connection in _connections(pool):
        connection.retry = counted(connection.retry, metrics)


def leave_retries(pool: Any) -> None:
    """Take off what `count_retries` put on."""
    options = pool.connection_kwargs
    if options.get("retry") is not None:
        options["retry"] = plain(options["retry"])
    for connection in _connections(pool):
        connection.retry = plain(connection.retry)


def _connections(pool: Any) -> Iterator[Any]:
    """The connections of a pool, of whichever kind."""
    for name in ("_connections", "_available_connections", "_in_use_connections"):
        yield from list(getattr(pool, name, ()))
