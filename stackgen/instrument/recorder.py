"""What the wrappers record to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from stackgen.exporters.cache import Kind, Operation, State


class Recorder(Protocol):
    """`CacheMetrics`, or the exporter of a definition that extends the cache's. Times are in seconds."""

    def record_hit(self, seconds: float) -> None:
        """A lookup found a value."""

    def record_miss(self, seconds: float) -> None:
        """A lookup found nothing."""

    def record_stale(self, seconds: float) -> None:
        """A lookup found a value past its time and served it."""

    def record_set(self, seconds: float) -> None:
        """A value was stored."""

    def record_delete(self, seconds: float) -> None:
        """A value was removed by its key."""

    def record_invalidate(self, seconds: float) -> None:
        """Values were removed by pattern, tag or all at once."""

    def record_other(self, seconds: float) -> None:
        """Something else was done on the server."""

    def record_error(self, seconds: float, operation: Operation, kind: Kind) -> None:
        """An operation failed."""

    def record_load(self, seconds: float) -> None:
        """A value was loaded from its source after a miss."""

    def record_load_error(self, seconds: float) -> None:
        """Loading a value from its source failed."""

    def record_retry(self) -> None:
        """An operation failed and was tried again."""

    def record_pool_wait(self, seconds: float) -> None:
        """A caller waited for a connection."""

    def record_eviction(self, entries: float = 1) -> None:
        """Entries were removed to make room."""

    def record_recalculation(self) -> None:
        """A value was computed again although an entry was there."""

    def record_wait_timeout(self) -> None:
        """A caller gave up waiting for another one's load."""

    def record_size_limit_rejection(self) -> None:
        """A value was too large to be stored."""

    def set_entries(self, value: float) -> None:
        """Entries in the cache."""

    def set_entries_function(self, function: Callable[[], float] | None) -> None:
        """Ask for the entries at each scrape."""

    def set_size(self, value: float) -> None:
        """Bytes that the entries take."""

    def set_size_function(self, function: Callable[[], float] | None) -> None:
        """Ask for the size at each scrape."""

    def set_size_limit(self, value: float) -> None:
        """Bytes that the cache may take; 0 where there is no limit."""

    def set_size_limit_function(self, function: Callable[[], float] | None) -> None:
        """Ask for the limit at each scrape."""

    def set_fragmentation(self, value: float) -> None:
        """Memory taken from the machine over memory used."""

    def set_pool_connections_function(self, function: Callable[[], float] | None, state: State) -> None:
        """Ask for the connections of the pool at each scrape."""

    def set_pool_limit_function(self, function: Callable[[], float] | None) -> None:
        """Ask for the pool's limit at each scrape."""
