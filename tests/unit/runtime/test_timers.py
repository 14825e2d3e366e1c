"""Timers record once, when their body ends, with `with` and with `async with`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from tests.unit.runtime.exporters import JOB_QUEUE, exporter_class, value

COUNT = "cache_operation_duration_seconds_count"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=registry)


def test_the_body_says_how_it_ended(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    with metrics.time_get() as op:
        op.miss()
    assert value(registry, COUNT, operation="get", result="miss") == 1
    assert value(registry, COUNT) == 1


def test_the_last_word_counts(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    with metrics.time_get() as op:
        op.miss()
        op.hit()
    assert value(registry, COUNT, result="hit") == 1
    assert value(registry, COUNT) == 1


def test_the_timer_fills_its_label_in(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    with metrics.time_delete() as op:
        op.error("timeout")
    assert value(registry, "cache_errors_total", operation="delete", kind="timeout") == 1


def test_a_body_that_says_nothing_is_the_only_outcome(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    with metrics.time_set():
        pass
    assert value(registry, COUNT, operation="set", result="ok") == 1


def test_a_body_that_says_nothing_of_several_is_not_recorded(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    with metrics.time_get():
        pass
    assert value(registry, COUNT) == 0


class MyTimeoutError(TimeoutError):
    pass


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MyTimeoutError(), "timeout"),
        (TimeoutError(), "timeout"),  # it is an OSError too, but the nearest class decides
        (ConnectionResetError(), "connection"),
        (json.JSONDecodeError("", "", 0), "serialization"),
        (KeyError(), "other"),
        (KeyboardInterrupt(), "other"),
    ],
)
def test_an_exception_is_recorded_by_its_class_and_goes_on(
    error: BaseException, kind: str, metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    def body() -> None:
        with metrics.time_get() as op:
            op.hit()
            raise error

    with pytest.raises(type(error)) as raised:
        body()
    assert raised.value is error
    assert value(registry, "cache_errors_total", operation="get", kind=kind) == 1
    assert value(registry, COUNT) == 1, "the hit that was said before is not recorded"


def test_what_a_coroutine_awaits_is_timed(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    async def load() -> None:
        async with metrics.time_load() as op:
            await asyncio.sleep(0.02)
            op.load()

    async def together() -> None:
        await asyncio.gather(*(load() for _ in range(10)))

    asyncio.run(together())
    assert value(registry, "cache_load_duration_seconds_count", result="ok") == 10
    assert (value(registry, "cache_load_duration_seconds_sum", result="ok") or 0) >= 0.2


def test_one_timer_may_be_used_again(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    timer = metrics.time_set()
    with timer as op:
        op.error("timeout")
    with timer:
        pass
    assert value(registry, COUNT, operation="set", result="error") == 1
    assert value(registry, COUNT, operation="set", result="ok") == 1


def test_a_timer_takes_open_labels_when_it_is_made() -> None:
    registry = CollectorRegistry()
    metrics: Any = exporter_class(JOB_QUEUE)("eu", registry=registry)
    with metrics.time_run("mail") as op:
        op.done()
    with metrics.labels("mail").time_run() as op:
        op.done()
    with pytest.raises(ZeroDivisionError), metrics.time_run(queue="mail"):
        _ = 1 / 0
    name = "job_queue_run_duration_seconds_count"
    assert value(registry, name, queue="mail", outcome="done") == 2
    assert value(registry, name, queue="mail", outcome="failed") == 1


def test_a_timer_per_histogram_where_no_label_divides_it() -> None:
    registry = CollectorRegistry()
    metrics: Any = exporter_class(JOB_QUEUE)("eu", registry=registry)
    with metrics.time_wait("mail") as op:
        op.started(size=10)
    assert value(registry, "job_queue_payload_bytes_total", queue="mail") == 10


@pytest.fixture(params=[1, 0.5], ids=["all", "sampled"])
def jobs(request: pytest.FixtureRequest, registry: CollectorRegistry, tmp_path: Path) -> Any:
    """Job queues whose runs end in a way that is told, and whose waits tell the size of the payload."""
    path = tmp_path / "queue.yaml"
    text = JOB_QUEUE.read_text().replace(
        "    with: {outcome: failed}\n    arguments: [queue]\n    on_exception: true\n",
        "    arguments: [queue, outcome]\n",
    )
    path.write_text(text)
    return exporter_class(path)("eu", registry=registry, sampling=request.param)


def test_what_is_wrong_with_an_outcome_is_said_where_it_was_said(jobs: Any, registry: CollectorRegistry) -> None:
    with jobs.time_run("mail") as op:
        with pytest.raises(ValueError, match="label 'outcome' cannot be 'lost'"):
            op.failed("lost")
        op.failed("discarded")
    with jobs.time_wait("mail") as op:
        for wrong in (-1, float("nan")):
            with pytest.raises(ValueError, match="size must be at least 0"):
                op.started(wrong)
        for text in ("5", None, 1j):
            with pytest.raises(TypeError):
                op.started(text)
        op.started(5)
    assert value(registry, "job_queue_jobs_total", queue="mail", outcome="discarded") == 1
    assert value(registry, "job_queue_jobs_total") == 1
    assert value(registry, "job_queue_payload_bytes_total", queue="mail") == 5


def test_the_applications_exception_goes_on_whatever_was_said_before(jobs: Any, registry: CollectorRegistry) -> None:
    def body() -> None:
        with jobs.time_run("mail") as op:
            op.failed("discarded")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        body()
    with pytest.raises(ValueError, match="'lost'"), jobs.time_run("mail") as op:
        op.failed("lost")
    assert value(registry, "job_queue_jobs_total", outcome="discarded") == 1
    assert value(registry, "job_queue_jobs_total") == 1
