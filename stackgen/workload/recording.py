"""Where what happens is told: to the exporter, to the workload's own counts, and to the circuit breaker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

from stackgen.exporters.cache import CacheMetrics, Operation
from stackgen.workload.breaker import CircuitBreaker, CircuitOpenError
from stackgen.workload.counts import Counts
from stackgen.workload.errors import CACHE_ERRORS, kind_of, unreachable
from stackgen.workload.pool import PoolExhaustedError
from stackgen.workload.source import SourceError

#: How a health check ended.
ProbeResult: TypeAlias = Literal["ok", "error"]


class Outcome:
    """How a lookup ended: `result` is to be set to hit, miss or stale."""

    result: str = ""


class Recording:
    """The observers of one cache.

    The exporter and the counts are given the same durations at once, so that what differs between them is a defect of
    one: a scrape between two readings has no less than the first of them, and no more than the second.
    """

    def __init__(self, metrics: CacheMetrics, counts: Counts, breaker: CircuitBreaker) -> None:
        self._metrics = metrics
        self._counts = counts
        self._breaker = breaker
        self._record = {
            ("get", "hit"): metrics.record_hit,
            ("get", "miss"): metrics.record_miss,
            ("get", "stale"): metrics.record_stale,
            ("set", "ok"): metrics.record_set,
            ("delete", "ok"): metrics.record_delete,
            ("invalidate", "ok"): metrics.record_invalidate,
        }

    @contextmanager
    def lookup(self) -> Iterator[Outcome]:
        """Around one lookup, awaits and all; raises what its body raises, recorded."""
        outcome = Outcome()
        with self._timed("get", outcome):
            yield outcome

    @contextmanager
    def change(self, operation: Operation) -> Iterator[None]:
        """Around one set, delete or invalidate; raises what its body raises, recorded."""
        outcome = Outcome()
        outcome.result = "ok"
        with self._timed(operation, outcome):
            yield

    @contextmanager
    def _timed(self, operation: Operation, outcome: Outcome) -> Iterator[None]:
        started = time.perf_counter()
        try:
            self._breaker.admit()
            yield
        except CACHE_ERRORS as error:
            seconds = time.perf_counter() - started
            kind = kind_of(error)
            with self._counts.lock:
                self._metrics.record_error(seconds, operation, kind)
                self._counts.operation(operation, "error", seconds)
                self._counts.error(operation, kind)
            self._tell_breaker(error)
            raise
        seconds = time.perf_counter() - started
        with self._counts.lock:
            self._record[operation, outcome.result](seconds)
            self._counts.operation(operation, outcome.result, seconds)
        self._breaker.succeeded()

    def _tell_breaker(self, error: Exception) -> None:
        if unreachable(error):
            self._breaker.failed()
        elif not isinstance(error, CircuitOpenError | PoolExhaustedError):
            self._breaker.succeeded()

    @contextmanager
    def load(self) -> Iterator[None]:
        """Around one load from the source; raises SourceError on, recorded."""
        started = time.perf_counter()
        try:
            yield
        except SourceError:
            seconds = time.perf_counter() - started
            with self._counts.lock:
                self._metrics.record_load_error(seconds)
                self._counts.load("error", seconds)
            raise
        seconds = time.perf_counter() - started
        with self._counts.lock:
            self._metrics.record_load(seconds)
            self._counts.load("ok", seconds)

    def pool_wait(self, seconds: float) -> None:
        """A caller waited for a connection, or gave up waiting."""
        with self._counts.lock:
            self._metrics.record_pool_wait(seconds)
            self._counts.pool_wait(seconds)

    def retry(self) -> None:
        """An operation failed and is tried again."""
        with self._counts.lock:
            self._metrics.record_retry()
            self._counts.event("retry")

    def evicted(self, entries: int) -> None:
        """Entries were removed to make room."""
        with self._counts.lock:
            self._metrics.record_eviction(entries)
            self._counts.event("eviction", entries)

    def recalculation(self) -> None:
        """A value is loaded although an entry, a stale one, was there."""
        with self._counts.lock:
            self._metrics.record_recalculation()
            self._counts.event("recalculation")

    def wait_timeout(self) -> None:
        """A caller gave up waiting for another one's load."""
        with self._counts.lock:
            self._metrics.record_wait_timeout()
            self._counts.event("wait_timeout")

    def size_limit_rejection(self) -> None:
        """A value was too large to be stored."""
        with self._counts.lock:
            self._metrics.record_size_limit_rejection()
            self._counts.event("size_limit_rejection")

    def unanswered(self) -> None:
        """A request got no value, from the cache or the source; only counted, no metric is about requests."""
        self._counts.event("unanswered")

    def probe(self, result: ProbeResult, seconds: float) -> None:
        """A health check was answered (ok) or not (error)."""
        record = self._metrics.record_probe if result == "ok" else self._metrics.record_probe_error
        with self._counts.lock:
            record(seconds)
            self._counts.probe(result, seconds)

    def health(self, state: int) -> None:
        """What the last health check found."""
        with self._counts.lock:
            self._metrics.set_health_state(state)
            self._counts.level("health_state", state)

    def circuit_breaker(self, state: int) -> None:
        """Where the circuit breaker stands."""
        with self._counts.lock:
            self._metrics.set_circuit_breaker_state(state)
            self._counts.level("circuit_breaker_state", state)

    def limits(self, connections: int, size: int) -> None:
        """What the pool may open, and what the entries may take, in bytes, as long as the server tells nothing else."""
        with self._counts.lock:
            self._metrics.set_pool_limit(connections)
            self._counts.level("pool_limit", connections)
            self._metrics.set_size_limit(size)
            self._counts.level("size_limit", size)

    def connections(self, in_use: int, idle: int) -> None:
        """What the connections of the pool do."""
        with self._counts.lock:
            self._metrics.set_pool_connections(in_use, state="in_use")
            self._counts.level("pool_in_use", in_use)
            self._metrics.set_pool_connections(idle, state="idle")
            self._counts.level("pool_idle", idle)

    def memory(self, *, entries: int, size: int, limit: int, fragmentation: float) -> None:
        """What the server told of its entries and its memory, in bytes."""
        with self._counts.lock:
            for level, value, tell in (
                ("entries", entries, self._metrics.set_entries),
                ("size", size, self._metrics.set_size),
                ("size_limit", limit, self._metrics.set_size_limit),
                ("fragmentation", fragmentation, self._metrics.set_fragmentation),
            ):
                tell(value)
                self._counts.level(level, value)
