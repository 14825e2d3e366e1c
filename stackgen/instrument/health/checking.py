"""A health check: asks the cache within a time, looks at what was recorded, and records what it found."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from inspect import iscoroutine
from time import monotonic, perf_counter
from typing import Any, Literal, Protocol

from stackgen.instrument.errors import Kinds, kinds_of
from stackgen.instrument.forks import follow_forks
from stackgen.instrument.health.probes import Probe, is_async, probe_of
from stackgen.instrument.health.report import Answer, Limits, Report, judged

#: A question that hangs is given up after so many seconds, or ten times the time-out, and another one asked; while so
#: many of them hang it is not.
_GIVEN_UP = 60.0
_MOST = 5

#: Seconds that a task has to let go of its connection once it is cancelled.
_CLEARING_UP = 0.1

Window = Literal["1m", "5m", "1h"]


class HealthMetrics(Protocol):
    """`CacheMetrics`, or the exporter of a definition that extends the cache's."""

    @property
    def snapshot(self) -> Callable[..., Any]:
        """The signals over a window."""

    def set_health_state(self, value: float) -> None:
        """What the last check found."""

    def record_probe(self, seconds: float) -> None:
        """The cache answered."""

    def record_probe_error(self, seconds: float) -> None:
        """It did not."""


class _Checks:
    """What both kinds have in common."""

    def __init__(
        self, metrics: HealthMetrics, target: Any, limits: Limits | None, timeout: float, window: Window
    ) -> None:
        if not timeout > 0:
            message = f"timeout must be above 0 seconds, not {timeout!r}"
            raise ValueError(message)
        self._metrics = metrics
        self._kinds = kinds_of(metrics)
        self._probe: Probe = probe_of(target, timeout)
        self.limits = limits or Limits()
        self.timeout = timeout
        self._window = window
        self._last: tuple[float, Report] | None = None
        # Windows are known from the first one that was asked for on.
        metrics.snapshot(window)

    def _report(self, answer: Answer) -> Report:
        """The detailed report, after what it says was recorded."""
        if answer.kind is None:
            self._metrics.record_probe(answer.seconds)
        else:
            self._metrics.record_probe_error(answer.seconds)
        report = judged(answer, self._metrics.snapshot(self._window), self.limits)
        self._metrics.set_health_state(report.status.level)
        self._last = (monotonic(), report)
        return report

    @property
    def latest(self) -> Report | None:
        """The detailed report of the last check; None before the first one."""
        return None if self._last is None else self._last[1]

    def recent(self, age: float) -> Report | None:
        """The same, if it is no older than so many seconds."""
        return None if self._last is None or monotonic() - self._last[0] > age else self._last[1]


class Health(_Checks):
    """The health of a cache, asked with `health()`; safe in any thread.

    `target` is a client (see `probes.probe_of`) or a function that asks the cache and raises where it does not answer.
    It is asked in a thread of its own, for `timeout` seconds at most; while it hangs beyond that it is not asked again,
    and the cache is unhealthy. The error ratio is that of the `window`.

    Each check sets the metric `health_state` and records the time of the probe. Raises TypeError for a target that
    cannot be asked or has to be awaited.
    """

    def __init__(
        self,
        metrics: HealthMetrics,
        target: Any,
        *,
        limits: Limits | None = None,
        timeout: float = 1.0,
        window: Window = "1m",
    ) -> None:
        if is_async(target):
            message = "this cache has to be awaited: use AsyncHealth"
            raise TypeError(message)
        super().__init__(metrics, target, limits, timeout, window)
        self._asking = threading.Lock()
        self._asked: _Question | None = None
        self._hanging: list[_Question] = []
        follow_forks(self)

    def __call__(self, *, detailed: bool = False) -> Report:
        """Ask the cache, and judge. Never raises for what the cache does."""
        report = self._report(self._answer())
        return report if detailed else report.basic()

    def _answer(self) -> Answer:
        with self._asking:
            # One question at a time: who comes while one is under way waits for the same answer.
            question = self._asked
            if question is None or question.done.is_set() or self._give_up(question):
                question = self._asked = _Question(self._probe, self._kinds)
        return question.answer(self.timeout)

    def _give_up(self, question: _Question) -> bool:
        """Whether a question has hung for so long that another one may be asked."""
        self._hanging = [each for each in self._hanging if not each.done.is_set()]
        if question.age() < max(_GIVEN_UP, 10 * self.timeout) or len(self._hanging) >= _MOST:
            return False
        self._hanging.append(question)
        return True

    def after_fork(self) -> None:
        """Begin anew in a forked child: the thread that asked was the parent's."""
        self._asking = threading.Lock()
        self._asked = None
        self._hanging = []


class _Question:
    """A probe under way in a thread of its own, which nobody can stop if it hangs."""

    def __init__(self, probe: Probe, kinds: Kinds) -> None:
        self._probe = probe
        self._kinds = kinds
        self._started = perf_counter()
        self._answer: Answer | None = None
        self.done = threading.Event()
        threading.Thread(target=self._ask, name="stackgen-health-probe", daemon=True).start()

    def _ask(self) -> None:
        try:
            _not_awaited(self._probe())
        except Exception as error:  # noqa: BLE001 - whatever a cache raises is why it is not healthy
            self._answer = _failed(self._started, error, self._kinds)
        else:
            self._answer = Answer(perf_counter() - self._started)
        finally:
            self.done.set()

    def age(self) -> float:
        """Seconds since it was asked."""
        return perf_counter() - self._started

    def answer(self, timeout: float) -> Answer:
        """The answer, if it comes so many seconds after the question at the latest."""
        self.done.wait(max(0.0, self._started + timeout - perf_counter()))
        return self._answer or Answer(perf_counter() - self._started, "timeout", "TimeoutError")


class AsyncHealth(_Checks):
    """The health of a cache with an asyncio client, asked with `await health()`; see `Health`.

    `target` is an asyncio client, or a function that gives an awaitable. It is asked in a task.
    """

    def __init__(
        self,
        metrics: HealthMetrics,
        target: Any,
        *,
        limits: Limits | None = None,
        timeout: float = 1.0,
        window: Window = "1m",
    ) -> None:
        super().__init__(metrics, target, limits, timeout, window)
        self._asked: asyncio.Task[Answer] | None = None

    async def __call__(self, *, detailed: bool = False) -> Report:
        """Ask the cache, and judge. Never raises for what the cache does."""
        report = self._report(await self._answer())
        return report if detailed else report.basic()

    async def _answer(self) -> Answer:
        started = perf_counter()
        task = self._asked
        # A task of a loop that has ended, in tests or in a forked child, will never be done.
        if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
            task = self._asked = asyncio.create_task(self._ask(), name="stackgen-health-probe")
        # Waited for, not awaited: one that does not listen to its cancellation may not hold anybody up.
        await asyncio.wait({task}, timeout=self.timeout)
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_CLEARING_UP)
        if task.done() and not task.cancelled():
            return task.result()
        return Answer(perf_counter() - started, "timeout", "TimeoutError")

    async def _ask(self) -> Answer:
        started = perf_counter()
        try:
            await self._probe()
        except Exception as error:  # noqa: BLE001 - whatever a cache raises is why it is not healthy
            return _failed(started, error, self._kinds)
        return Answer(perf_counter() - started)


def _not_awaited(answer: object) -> None:
    """Raises TypeError for an answer that has yet to be awaited: it says nothing of the cache."""
    if iscoroutine(answer):
        answer.close()
        message = "what asks this cache gives a coroutine: use AsyncHealth"
        raise TypeError(message)


def _failed(started: float, error: Exception, kinds: Kinds) -> Answer:
    return Answer(perf_counter() - started, kinds(error), type(error).__name__)
