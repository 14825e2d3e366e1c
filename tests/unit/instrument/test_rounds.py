"""What goes round in a thread or a task goes on after a failure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.instrument.health import AsyncHealth, AsyncMonitor, Health, Monitor
from stackgen.instrument.rounds import Rounds
from stackgen.instrument.watch import Watch
from stackgen.runtime.sinks import Callback, Feed
from tests.waiting import wait_until


class Faulty:
    """Metrics that cannot say what they hold for three times, after they could once."""

    def __init__(self) -> None:
        self.asked = 0
        self._metrics = CacheMetrics("sessions", "redis", registry=CollectorRegistry())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._metrics, name)

    def fail(self) -> None:
        """Count, and raise if it is one of the three times."""
        self.asked += 1
        if 1 < self.asked <= 4:
            raise ZeroDivisionError

    def snapshot(self, window: Any = None) -> Any:
        """The signals, or what `fail` raises."""
        self.fail()
        return self._metrics.snapshot(window)


def monitor(metrics: Faulty) -> Any:
    return Monitor(Health(metrics, lambda: None), every=0.01)


def watch(metrics: Faulty) -> Any:
    made = Watch(metrics, every=0.01)
    made.rules.evaluate = failing(metrics, made.rules.evaluate)  # type: ignore[method-assign]
    return made


def feed(metrics: Faulty) -> Any:
    made: Any = Feed(metrics, Callback(lambda _: None), every=0.01)
    made._reader.read = failing(metrics, made._reader.read)
    return made


def failing(metrics: Faulty, function: Callable[[], Any]) -> Callable[[], Any]:
    def call() -> Any:
        metrics.fail()
        return function()

    return call


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    words = ("tried again", "works again")
    return [record.levelname for record in caplog.records if any(each in record.message for each in words)]


@pytest.mark.parametrize("make", [monitor, watch, feed])
def test_a_thread_goes_on_and_the_log_has_it_once(make: Any, caplog: pytest.LogCaptureFixture) -> None:
    metrics = Faulty()
    with caplog.at_level(logging.WARNING, logger="stackgen"), make(metrics):
        wait_until(lambda: metrics.asked > 6)
    assert told(caplog) == ["ERROR", "WARNING"]


def test_a_task_goes_on_and_the_log_has_it_once(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Faulty()

    async def main() -> None:
        async def ask() -> None:
            pass

        async with AsyncMonitor(AsyncHealth(metrics, ask), every=0.01):
            while metrics.asked <= 6:
                await asyncio.sleep(0.01)  # between two looks

    with caplog.at_level(logging.WARNING, logger="stackgen"):
        asyncio.run(asyncio.wait_for(main(), 60))
    assert told(caplog) == ["ERROR", "WARNING"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_has_ended_by_itself_is_started_again() -> None:
    class Ending(Rounds):
        rounds = 0

        def _round(self) -> float:
            self.rounds += 1
            raise SystemExit

    ending = Ending("ending", every=0.01, patience=1)
    ending.start()
    wait_until(lambda: ending._thread is not None and not ending._thread.is_alive())
    ending.start()
    wait_until(lambda: ending.rounds == 2)
    ending.stop()
