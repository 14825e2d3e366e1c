"""Every alert of the shipped definition, provoked on a running stack as a person provokes it.

The definition is the shipped one with windows short enough to be waited for, and the thresholds that it has. The order
of the phases, and which alerts wait longer than others or fire on, follow from what Alertmanager holds back: while a
critical alert fires, those of the same cache by the same metrics are not delivered, and those that end meanwhile are
never told to have ended. So what is inhibited in its own phase begins before what inhibits it (`for`), and ends after
it (`keep_firing_for`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any

from tests.integration.pipeline import RunningStack
from tests.waiting import wait_for

SHORT = """\
stackgen: 1
extends: cache
alerts:
  CacheHitRatioLow: {window: 8s, for: 2s, keep_firing_for: null}
  CacheErrorRatioHigh: {window: 8s, for: 14s}                 # long enough for one that comes to stay
  CacheUnreachable: {window: 8s, for: 0s}
  CacheSerializationErrors: {window: 8s, for: 0s}
  CacheLatencyHigh: {window: 8s, for: 2s, keep_firing_for: null}
  CacheMemoryHigh: {for: 2s}
  CachePoolNearlyExhausted: {for: 2s, keep_firing_for: 10s}
  CacheEvicting: {window: 8s, for: 2s}
  CachePoolExhausted: {for: 20s}                              # after CachePoolNearlyExhausted, which it inhibits
  CacheMemoryRunsOut: {window: 12s, runs_out: {within: 30s}, for: 2s}
  CacheMemoryGrowing: {window: 8s, growth: {baseline: 60s}, when: {above: 12MiB}, for: 2s}
  CacheEntriesGrowing: {window: 8s, growth: {baseline: 60s}, when: {above: 1500}, for: 2s}
  CacheThroughputDropped: {window: 8s, drop: {share: 35%, baseline: 60s}, for: 2s}
  CacheMetricsMissing: {for: 0s, keep_firing_for: 10s}
  CacheCircuitOpen: {for: 2s}
  CacheTargetDown: {for: 14s}                                 # after CacheMetricsMissing, which it inhibits
stack:
  scrape_interval: 2s
  evaluation_interval: 2s
"""

#: What provokes which alerts, in order. The names of scenarios of the workload are phases, each after a normal moment.
PHASES: Mapping[str, tuple[str, ...]] = {
    "redis hangs": ("CacheUnreachable", "CacheErrorRatioHigh", "CacheCircuitOpen", "CacheAvailableBudgetBurn"),
    "errors": ("CacheSerializationErrors", "CacheErrorRatioHigh"),
    "cold": ("CacheHitRatioLow",),
    "burst": (
        "CachePoolNearlyExhausted",
        "CacheEvicting",
        "CacheMemoryHigh",
        "CacheLatencyHigh",
        "CacheMemoryRunsOut",
        "CacheMemoryGrowing",
        "CacheEntriesGrowing",
        "CachePoolExhausted",
        "CacheFastBudgetBurn",
    ),
    "the burst is over": ("CacheThroughputDropped",),
    "slow": ("CacheLatencyHigh",),
    "the workload is cut off": ("CacheMetricsMissing", "CacheTargetDown"),
}

#: What holds back all others, so that all are to be over before: the end of each is to be told.
_HOLDING_BACK = "the workload is cut off"

#: A burst takes a processor of its own, so stacks that run side by side take turns.
_BURSTING = Lock()

#: Seconds that a cause lasts at least, so that a window that dashboards show is within: its length, and two scrapes.
_LASTING = 12

#: How often an alert is provoked that does not come, as a machine that stalls breaks the course of it. A burst is over
#: once.
_TRIES = {phase: 1 if phase == "the burst is over" else 2 for phase in PHASES}

#: Their windows are five minutes and longer by definition. That they end is told by the rules' own tests.
BURN_RATES = ("CacheAvailableBudgetBurn", "CacheFastBudgetBurn")

#: Every alert that has to end within the run.
ENDING = tuple(dict.fromkeys(name for names in PHASES.values() for name in names if name not in BURN_RATES))


def provoked(phase: str) -> Callable[[RunningStack], dict[str, Any]]:
    """A step: bring the phase about; gives the alerts that were delivered meanwhile, by name."""

    def step(stack: RunningStack) -> dict[str, Any]:
        causes: dict[str, Callable[[], AbstractContextManager[None]]] = {
            "redis hangs": partial(stack.held, "redis"),
            "the burst is over": partial(_scenario, stack, "normal"),
            "the workload is cut off": partial(stack.cut_off, "workload"),
        }
        over = ENDING if phase == _HOLDING_BACK else PHASES[phase]
        with _BURSTING if phase == "burst" else nullcontext():
            cause = causes.get(phase, partial(_scenario, stack, phase))
            return _provoke(stack, PHASES[phase], over, cause, _TRIES[phase])

    return step


@contextmanager
def _scenario(stack: RunningStack, name: str) -> Iterator[None]:
    stack.scenario(name)
    try:
        yield
    finally:
        stack.scenario("normal")


def _provoke(
    stack: RunningStack,
    names: tuple[str, ...],
    over: tuple[str, ...],
    cause: Callable[[], AbstractContextManager[None]],
    tries: int,
) -> dict[str, Any]:
    """The alerts that were delivered while the cause lasted, or as long as can be waited for.

    `over`: what is not to be active when it begins.
    """
    others = set(over).difference(BURN_RATES)  # which look back on what was before
    found: dict[str, Any] = {}
    for _ in range(tries):
        with suppress(AssertionError):  # where the machine is overloaded some come and go; what begins later counts
            wait_for(f"none of {others} to begin with", lambda: not stack.active_alerts() & others, seconds=45)
        began = time.time()
        all_delivered = partial(_all_delivered, stack, names, found, began)
        with cause(), suppress(AssertionError):  # the tests say which are missing
            wait_for(f"{names} are delivered", all_delivered, seconds=90, every=0.5)
            time.sleep(max(began + _LASTING - time.time(), 0))  # the time itself is what is wanted
            break
    return found


def _all_delivered(stack: RunningStack, names: tuple[str, ...], found: dict[str, Any], since: float) -> bool:
    """Whether all of these alerts were delivered, those that began since then; puts them into `found`."""
    for alert in stack.delivered():
        name = alert["labels"]["alertname"]
        if alert["status"] == "firing" and (name in BURN_RATES or moment(alert["startsAt"]) > since):
            found.setdefault(name, alert)
    return found.keys() >= set(names)


def ended(stack: RunningStack) -> set[str]:
    """Names of the alerts that are over, and of which an end was delivered; waits for all that came, within reason.

    The last end of an alert need not be told: what comes again in another phase may end while it is held back.
    """

    came = {alert["labels"]["alertname"] for alert in stack.delivered() if alert["status"] == "firing"}

    def over() -> set[str]:
        told = {alert["labels"]["alertname"] for alert in stack.delivered() if alert["status"] == "resolved"}
        return told - stack.active_alerts()

    with suppress(AssertionError):  # the tests say which are missing
        wait_for("all alerts are over", lambda: over() >= came.intersection(ENDING), seconds=120, every=0.5)
    return over()


def moment(text: str) -> float:
    """The seconds since the epoch that a timestamp of Alertmanager's means."""
    return datetime.fromisoformat(text).timestamp()
