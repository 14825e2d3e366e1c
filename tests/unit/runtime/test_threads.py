"""Nothing is lost: many threads, short threads, signal handlers, finalizers, greenlets, forks."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime import generate_latest
from tests.unit.runtime.exporters import value

HIT = {"operation": "get", "result": "hit"}
COUNT = "cache_operations_total"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=registry)


@pytest.fixture
def hasty_switches() -> Iterator[None]:
    """Threads take turns every microsecond, so that an update in two steps is interrupted in between."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(number: int, work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("hasty_switches")
def test_sixteen_threads_lose_nothing(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    def work() -> None:
        for _ in range(200_000):
            metrics.record_hit(0.25)

    in_threads(16, work)
    assert value(registry, COUNT, **HIT) == 3_200_000
    assert value(registry, "cache_operation_duration_seconds_sum", **HIT) == 800_000


@pytest.mark.usefixtures("hasty_switches")
def test_no_scrape_shows_less_than_the_one_before(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    def work() -> None:
        for _ in range(5_000):
            metrics.record_hit(0.1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    last = (0.0, 0.0)
    while any(thread.is_alive() for thread in threads):
        now = (
            value(registry, COUNT, **HIT) or 0.0,
            value(registry, "cache_operation_duration_seconds_sum", **HIT) or 0.0,
        )
        assert now[0] >= last[0]
        assert now[1] >= last[1]
        last = now
    assert value(registry, COUNT, **HIT) == 20_000


def test_ten_thousand_short_threads_leave_their_counts_and_no_memory(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    def work() -> None:
        metrics.record_hit(0.5)

    for _ in range(50):
        in_threads(20, work)
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(5):
            in_threads(20, work)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(445):
            in_threads(20, work)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert value(registry, COUNT, **HIT) == 10_000
    assert value(registry, "cache_operation_duration_seconds_sum", **HIT) == 5_000
    assert after - before < 20_000, "no list stays behind for a thread that has ended"


@contextmanager
def interrupted_by(work: Callable[[], None]) -> Iterator[None]:
    """In the body, a signal handler does this again and again, each time when the one before it has ended.

    The timer counts this process's own time, so a busy machine does not interrupt it more often than it gets on.
    """
    going = True

    def handler(number: int, frame: FrameType | None) -> None:
        work()
        if going:
            signal.setitimer(signal.ITIMER_PROF, 0.001)

    before = signal.signal(signal.SIGPROF, handler)
    signal.setitimer(signal.ITIMER_PROF, 0.001)
    try:
        yield
    finally:
        going = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def test_signal_handlers_record_while_their_thread_does_and_while_it_is_scraped(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    handled = recorded = 0

    def handle() -> None:
        nonlocal handled
        handled += 1
        metrics.record_hit(0.5)
        metrics.record_error(0.5, "get", "timeout")

    with interrupted_by(handle):
        while handled < 100:
            for _ in range(100):
                metrics.record_hit(0.5)
                metrics.record_error(0.5, "get", "timeout")
                recorded += 1
            generate_latest(registry)
    assert value(registry, COUNT, **HIT) == recorded + handled
    assert value(registry, "cache_errors_total", operation="get", kind="timeout") == recorded + handled
    assert value(registry, "cache_operation_duration_seconds_sum", **HIT) == (recorded + handled) / 2


def test_a_handler_may_be_the_first_to_record_and_make_series(registry: CollectorRegistry) -> None:
    # Known to the registry beforehand: to register takes a lock of prometheus_client's, which is nothing for a handler.
    CacheMetrics("first", "redis", registry=registry)
    handled = built = 0

    def handle() -> None:
        nonlocal handled
        handled += 1
        CacheMetrics(f"cache-{handled % 12}", "local", registry=registry).record_hit(0.5)

    with interrupted_by(handle):
        while handled < 60:
            CacheMetrics(f"cache-{built % 12}", "redis", registry=registry).record_hit(0.5)
            built += 1
            if not built % 10:
                generate_latest(registry)
    assert value(registry, COUNT, backend="redis", **HIT) == built
    assert value(registry, COUNT, backend="local", **HIT) == handled


def test_finalizers_record_during_recording_and_scrapes(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    class Recorder:
        def __init__(self) -> None:
            self.cycle = self

        def __del__(self) -> None:
            metrics.record_miss(0.5)

    before = gc.get_threshold()
    gc.set_threshold(10)
    try:
        for _ in range(2_000):
            Recorder()
            metrics.record_miss(0.5)
            if not _ % 100:
                generate_latest(registry)
    finally:
        gc.set_threshold(*before)
    gc.collect()
    assert value(registry, COUNT, operation="get", result="miss") == 4_000


def test_a_finalizer_of_a_threads_locals_records(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    local = threading.local()

    class Recorder:
        def __del__(self) -> None:
            metrics.record_hit(0.5)

    def work() -> None:
        metrics.record_hit(0.5)
        local.recorder = Recorder()

    for _ in range(100):
        in_threads(1, work)
    assert value(registry, COUNT, **HIT) == 200


def in_child(work: Callable[[], bool]) -> None:
    """Run something in a forked child and see that it is true there."""
    pid = os.fork()
    if not pid:
        right = False
        try:
            right = work()
        finally:
            os._exit(0 if right else 1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_forked_child_begins_at_zero_and_its_parent_goes_on(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    metrics.record_hit(0.1)
    metrics.set_size(5)

    def child() -> bool:
        begun = value(registry, COUNT, **HIT), value(registry, "cache_size_bytes")
        metrics.record_hit(0.1)
        return (*begun, value(registry, COUNT, **HIT)) == (0, None, 1)

    in_child(child)
    metrics.record_hit(0.1)
    assert value(registry, COUNT, **HIT) == 2
    assert value(registry, "cache_size_bytes") == 5


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_in_the_middle_of_other_threads_recording(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    stop = threading.Event()
    done: list[int] = []

    def work() -> None:
        number = 0
        while not stop.is_set():
            metrics.record_hit(0.1)
            number += 1
        done.append(number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):

            def child() -> bool:
                for _ in range(100):
                    metrics.record_hit(0.1)
                return value(registry, COUNT, **HIT) == 100

            in_child(child)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert value(registry, COUNT, **HIT) == sum(done)
