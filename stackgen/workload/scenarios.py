"""What can be done to the workload while it runs, so that a person can watch each alert fire."""

from __future__ import annotations

import difflib
import time
from dataclasses import dataclass
from threading import Lock

from stackgen.findings import StackgenError


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How requests differ from the normal ones. Shares are 0..1 of the requests, times are in seconds."""

    name: str
    description: str
    #: The alerts of the cache definition that fire when it goes on.
    alerts: tuple[str, ...] = ()
    #: Those of its objectives that may fire too, sooner or later by what was used of the error budget before.
    budget_alerts: tuple[str, ...] = ()
    rate_factor: float = 1.0
    #: The least rate per cache, in requests per second, however low the workload's own rate is.
    rate_floor: float = 0.0
    #: Share of the requests whose key has never been used before.
    unseen: float = 0.0
    ttl_factor: float = 1.0
    #: How much larger values are.
    size_factor: int = 1
    #: Share of the operations that Redis holds back for `hold` seconds before it answers.
    held: float = 0.0
    hold: float = 0.0
    #: Share of the operations that go to a port where nobody listens.
    refused: float = 0.0
    #: Share of the operations that have too little time.
    timed_out: float = 0.0
    #: Share of the requests that, when they store a value, store one that cannot be read.
    unreadable: float = 0.0
    #: Whether all entries are removed when it begins.
    flush: bool = False


NORMAL = Scenario(
    name="normal",
    description="Popular keys, fast answers, next to no errors.",
)
COLD = Scenario(
    name="cold",
    description="All entries are flushed, nine in ten keys have never been used before, and entries expire soon.",
    alerts=("CacheHitRatioLow",),
    unseen=0.9,
    ttl_factor=0.02,
    flush=True,
)
SLOW = Scenario(
    name="slow",
    description="Redis holds one operation in ten back for 150 ms and more.",
    alerts=("CacheLatencyHigh",),
    budget_alerts=("CacheFastBudgetBurn",),
    held=0.1,
    hold=0.15,
)
ERRORS = Scenario(
    name="errors",
    description="One operation in eight fails: connections are refused, or time runs out; some entries are unreadable.",
    alerts=("CacheErrorRatioHigh",),
    budget_alerts=("CacheAvailableBudgetBurn",),
    refused=0.07,
    timed_out=0.06,
    unreadable=0.05,
)
BURST = Scenario(
    name="burst",
    description="Several times the requests, many of them for new and larger values, and long jobs on the connections.",
    alerts=("CachePoolNearlyExhausted", "CacheEvicting", "CacheMemoryHigh", "CacheLatencyHigh"),
    budget_alerts=("CacheFastBudgetBurn",),
    rate_factor=3.0,
    rate_floor=300.0,
    unseen=0.5,
    size_factor=4,
    held=0.2,
    hold=0.25,
)

SCENARIOS = {scenario.name: scenario for scenario in (NORMAL, COLD, SLOW, ERRORS, BURST)}


def scenario_named(name: str) -> Scenario:
    """The scenario of that name.

    Raises StackgenError, with the names that there are, when there is none.
    """
    if name in SCENARIOS:
        return SCENARIOS[name]
    near = difflib.get_close_matches(name, SCENARIOS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(SCENARIOS)}"
    raise StackgenError(f"no scenario {name!r}; {hint}")


class Stage:
    """Which scenario runs now; any thread may ask and switch."""

    def __init__(self, scenario: Scenario) -> None:
        self._lock = Lock()
        self._scenario = scenario
        self._turn = 0
        self._since = time.time()

    @property
    def scenario(self) -> Scenario:
        """The scenario that runs."""
        return self._scenario

    @property
    def since(self) -> float:
        """When it began, in seconds since the epoch."""
        return self._since

    @property
    def turn(self) -> int:
        """How often the scenario has been switched; tells a scenario begun anew from one that goes on."""
        return self._turn

    def switch(self, scenario: Scenario) -> None:
        """Begin a scenario; the same one again begins anew."""
        with self._lock:
            self._scenario = scenario
            self._since = time.time()
            self._turn += 1
