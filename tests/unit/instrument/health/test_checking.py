"""Asking a cache: what it raises, how long one waits, and what is recorded of it."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from functools import partial
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.instrument.health import AsyncHealth, AsyncMonitor, Health, Limits, Monitor, checking
from tests.unit.runtime.exporters import value
from tests.waiting import wait_until

#: For what is not about time: a machine that stalls is no slow cache.
PATIENT: dict[str, Any] = {"limits": Limits(slow=None), "timeout": 60}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=registry)


def fine() -> None:
    pass


def broken() -> None:
    raise ConnectionRefusedError


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("stackgen-health")]


def test_a_check_says_how_the_cache_is_and_records_it(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    health = Health(metrics, fine, **PATIENT)
    assert not health.latest
    found = health()
    assert (found.status, found.connected, found.covered) == ("healthy", True, None)
    assert health.latest is not None
    assert health.latest.covered is not None, "detailed, whatever was asked for"
    assert value(registry, "cache_health_state") == 0
    assert value(registry, "cache_probe_duration_seconds_count", result="ok") == 1
    assert value(registry, "cache_operations_total") == 0, "it is no traffic"


def test_what_the_cache_raises_is_why_it_is_unhealthy(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    found = Health(metrics, broken)(detailed=True)
    assert (found.status, found.error, found.connected) == ("unhealthy", "connection", False)
    assert "ConnectionRefusedError" in found.reasons[0]
    assert value(registry, "cache_health_state") == 2
    assert value(registry, "cache_probe_duration_seconds_count", result="error") == 1


def test_one_that_hangs_is_not_waited_for_and_not_asked_again(metrics: CacheMetrics) -> None:
    goes_on, asked = threading.Event(), []

    def hangs() -> None:
        asked.append(1)
        goes_on.wait(60)

    health = Health(metrics, hangs, timeout=0.05)
    started = time.monotonic()
    for _ in range(3):
        found = health()
        assert (found.status, found.error) == ("unhealthy", "timeout")
    assert time.monotonic() - started < 30
    assert (len(asked), len(threads())) == (1, 1)
    goes_on.set()
    wait_until(lambda: not threads())
    assert health().status == "healthy"


def test_one_that_hangs_for_ever_is_asked_again_after_a_while_but_not_by_ever_more_threads(
    metrics: CacheMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "_GIVEN_UP", 0.0)
    goes_on, asked = threading.Event(), []

    def hangs() -> None:
        asked.append(1)
        goes_on.wait(60)

    health = Health(metrics, hangs, timeout=0.001)
    deadline = time.monotonic() + 60
    while len(asked) < 6:
        health()
        assert time.monotonic() < deadline
    for _ in range(30):
        health()
    assert len(asked) == 6
    goes_on.set()
    wait_until(lambda: not threads())
    health.timeout = 60  # a busy machine may take longer to answer than the questions were given
    assert health().connected


def test_who_comes_while_a_question_is_under_way_waits_for_the_same_answer(metrics: CacheMetrics) -> None:
    goes_on, asked = threading.Event(), []

    def waits() -> None:
        asked.append(1)
        goes_on.wait(60)

    health = Health(metrics, waits, **PATIENT)
    found: list[str] = []
    callers = [threading.Thread(target=lambda: found.append(health().status)) for _ in range(5)]
    callers[0].start()
    wait_until(lambda: asked)
    for caller in callers[1:]:
        caller.start()
    assert asked == [1]
    goes_on.set()
    for caller in callers:
        caller.join()
    assert found == ["healthy"] * 5


def test_a_disabled_exporter_is_no_hindrance() -> None:
    assert Health(CacheMetrics("a", "redis", enabled=False), broken)(detailed=True).status == "unhealthy"


def test_targets_that_cannot_be_asked(metrics: CacheMetrics) -> None:
    async def awaited() -> None: ...

    with pytest.raises(TypeError, match="use AsyncHealth"):
        Health(metrics, awaited)
    with pytest.raises(TypeError, match=r"cannot ask builtins\.int"):
        Health(metrics, 5)
    with pytest.raises(ValueError, match="timeout must be above 0"):
        Health(metrics, fine, timeout=0)
    found = Health(metrics, partial(lambda make: make(), awaited))()
    assert (found.status, found.error) == ("unhealthy", "other"), "a coroutine is no answer"


# -- asyncio --


def test_an_asyncio_cache(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    answers = True

    async def asks() -> None:
        if not answers:
            raise ConnectionResetError

    async def main() -> None:
        nonlocal answers
        health = AsyncHealth(metrics, asks, **PATIENT)
        assert (await health()).status == "healthy"
        answers = False
        found = await health(detailed=True)
        assert (found.status, found.error) == ("unhealthy", "connection")
        assert found.covered is not None

    asyncio.run(main())
    assert value(registry, "cache_health_state") == 2


def test_an_asyncio_cache_that_hangs_leaves_no_task(metrics: CacheMetrics) -> None:
    async def main() -> None:
        async def hangs() -> None:
            await asyncio.sleep(60)

        health = AsyncHealth(metrics, hangs, timeout=0.02)
        for _ in range(3):
            assert (await health()).error == "timeout"
        await asyncio.sleep(0)
        assert [task.get_name() for task in asyncio.all_tasks() if "stackgen" in task.get_name()] == []

    asyncio.run(main())


def test_one_asyncio_health_in_one_loop_after_the_other(metrics: CacheMetrics) -> None:
    async def asks() -> None: ...

    health = AsyncHealth(metrics, asks, **PATIENT)

    async def main() -> str:
        return (await health()).status

    assert [asyncio.run(main()) for _ in range(2)] == ["healthy", "healthy"]


# -- monitors --


def test_a_monitor_checks_at_once_and_on_the_interval_and_logs_what_changes(
    metrics: CacheMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    answers = True

    def asks() -> None:
        if not answers:
            raise ConnectionResetError

    health = Health(metrics, asks, **PATIENT)
    with Monitor(health, every=0.01):
        wait_until(lambda: health.latest)
        answers = False
        wait_until(lambda: health.latest is not None and health.latest.status == "unhealthy")
        answers = True
        wait_until(lambda: health.latest is not None and health.latest.status == "healthy")
        wait_until(lambda: len(caplog.records) == 2)
    assert threads() == []
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith("a cache is unhealthy: no answer after")
    assert second == "a cache is healthy again"


def test_a_monitor_can_be_started_twice_stopped_twice_and_started_again(metrics: CacheMetrics) -> None:
    monitor = Monitor(Health(metrics, fine), every=3600)
    monitor.start().start()
    assert threads().count("stackgen-health") == 1
    monitor.stop()
    monitor.stop()
    wait_until(lambda: not threads())
    with monitor:
        assert "stackgen-health" in threads()
    wait_until(lambda: not threads())


def test_the_times_between_checks_differ(metrics: CacheMetrics) -> None:
    interval = Monitor(Health(metrics, fine), every=10, jitter=0.2)._interval
    waits = [interval.next() for _ in range(200)]
    assert all(8 <= wait <= 12 for wait in waits)
    assert len(set(waits)) > 100


@pytest.mark.parametrize(("every", "jitter"), [(0, 0.1), (1, 1), (1, -0.1)])
def test_intervals_that_cannot_be_meant(every: float, jitter: float, metrics: CacheMetrics) -> None:
    with pytest.raises(ValueError, match="every must be above 0"):
        Monitor(Health(metrics, fine), every=every, jitter=jitter)


def test_a_forked_child_is_monitored_too(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    health = Health(metrics, fine)
    with Monitor(health, every=0.02), health._asking:  # a lock that was held at the fork
        pid = os.fork()
        if not pid:
            try:
                wait_until(lambda: (value(registry, "cache_probe_duration_seconds_count") or 0) >= 2)
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(pid, 0)[1] == 0


def test_an_asyncio_monitor_of_either_kind_of_health(metrics: CacheMetrics) -> None:
    async def asks() -> None: ...

    async def main() -> None:
        for health in (Health(metrics, fine, **PATIENT), AsyncHealth(metrics, asks, **PATIENT)):
            async with AsyncMonitor(health, every=0.01):
                while health.latest is None:
                    await asyncio.sleep(0.001)
                assert health.latest.status == "healthy"
            assert not [task for task in asyncio.all_tasks() if "stackgen" in task.get_name()]

    asyncio.run(asyncio.wait_for(main(), 60))
