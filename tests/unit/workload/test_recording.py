"""A scrape and a reading of the counts can be compared: nothing is exposed that a later reading does not have."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime import generate_latest
from stackgen.workload.breaker import CircuitBreaker
from stackgen.workload.counts import Counts
from stackgen.workload.pool import PoolExhaustedError
from stackgen.workload.recording import Recording
from stackgen.workload.source import SourceError


def look_up(recording: Recording) -> None:
    with recording.lookup() as outcome:
        outcome.result = "hit"


def fail(recording: Recording) -> None:
    with pytest.raises(PoolExhaustedError), recording.change("set"):
        raise PoolExhaustedError(5)


def load(recording: Recording) -> None:
    with recording.load():
        pass


def load_in_vain(recording: Recording) -> None:
    with pytest.raises(SourceError), recording.load():
        raise SourceError


@pytest.mark.parametrize(
    "tell",
    [
        *(look_up, fail, load, load_in_vain),
        *(Recording.retry, Recording.recalculation, Recording.wait_timeout, Recording.size_limit_rejection),
        lambda recording: recording.pool_wait(0.1),
        lambda recording: recording.evicted(3),
        lambda recording: recording.probe("ok", 0.1),
        lambda recording: recording.health(1),
        lambda recording: recording.circuit_breaker(1),
        lambda recording: recording.limits(5, 1000),
        lambda recording: recording.connections(1, 2),
        lambda recording: recording.memory(entries=1, size=2, limit=3, fragmentation=1.5),
    ],
)
def test_while_counts_are_read_nothing_is_exposed_that_they_lack(tell: Callable[[Recording], None]) -> None:
    registry, counts = CollectorRegistry(), Counts()
    recording = Recording(CacheMetrics("sessions", "redis", registry=registry), counts, CircuitBreaker())
    before = generate_latest(registry)
    told = Thread(target=tell, args=(recording,))
    with counts.lock:
        told.start()
        told.join(0.05)
        assert generate_latest(registry) == before
    told.join()
    assert generate_latest(registry) != before
