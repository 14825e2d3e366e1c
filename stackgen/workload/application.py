"""The application as a whole: put together, started, asked, switched and stopped."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import CollectorRegistry

from stackgen.workload.clients import check_url, plain_client
from stackgen.workload.closed_port import ClosedPort
from stackgen.workload.counts import BOUNDS
from stackgen.workload.monitor import Monitor
from stackgen.workload.part import Engine, Part, TaskEngine, ThreadEngine
from stackgen.workload.scenarios import SCENARIOS, Scenario, Stage, scenario_named
from stackgen.workload.settings import PRODUCTS, SESSIONS, Settings

#: Within this many seconds everything has ended, or is left to end with the process.
_STOP_WITHIN = 1.2


class Application:
    """The workload without its HTTP server.

    Raises StackgenError when the settings name no Redis or no scenario; a Redis that cannot be reached is no error: the
    caches go on without it, as they do when it goes away later.
    """

    def __init__(self, settings: Settings, registry: CollectorRegistry) -> None:
        check_url(settings.redis)
        self.registry = registry
        self.stage = Stage(scenario_named(settings.scenario))
        self._started = time.time()
        self._parts = {
            cache.name: Part(cache, rate=settings.rate / 2, seed=settings.seed, stage=self.stage, registry=registry)
            for cache in (SESSIONS, PRODUCTS)
        }
        self._closed = ClosedPort()
        self._monitor = Monitor(plain_client(settings.redis), list(self._parts.values()))
        self._engines: dict[str, Engine] = {
            SESSIONS.name: TaskEngine(self._parts[SESSIONS.name], settings.redis, self._closed),
            PRODUCTS.name: ThreadEngine(self._parts[PRODUCTS.name], settings.redis, self._closed),
        }

    def start(self) -> None:
        """Begin to send requests."""
        self._monitor.start()
        for engine in self._engines.values():
            engine.start()

    def stop(self) -> None:
        """End within two seconds, whatever Redis does."""
        deadline = time.monotonic() + _STOP_WITHIN
        for engine in self._engines.values():
            engine.stop()
        for engine in self._engines.values():
            engine.join(deadline)
        self._monitor.stop(deadline)
        self._closed.close()

    def switch(self, name: str) -> Scenario:
        """Begin a scenario, and give it.

        Raises StackgenError when there is none of that name.
        """
        scenario = scenario_named(name)
        self.stage.switch(scenario)
        return scenario

    def scenario(self) -> dict[str, Any]:
        """What runs, and what could, as JSON takes it."""
        return {
            "scenario": self.stage.scenario.name,
            "since": self.stage.since,
            "scenarios": {
                scenario.name: {"description": scenario.description, "alerts": list(scenario.alerts)}
                for scenario in SCENARIOS.values()
            },
        }

    def counts(self) -> dict[str, Any]:
        """What the workload counted itself since it was started, as JSON takes it; see docs/workload.md."""
        return {
            "time": time.time(),
            "started": self._started,
            "scenario": self.stage.scenario.name,
            "bounds": list(BOUNDS),
            "caches": {name: part.reading() for name, part in self._parts.items()},
        }

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether Redis answers and everything runs, and the details, as JSON takes them."""
        connection = self._monitor.connection
        at_work = {name: engine.at_work for name, engine in self._engines.items()}
        healthy = connection.connected and self._monitor.at_work and all(at_work.values())
        return healthy, {
            "status": "healthy" if healthy else "unhealthy",
            "redis": {"connected": connection.connected, "error": connection.error},
            "scenario": self.stage.scenario.name,
            "monitor": {"running": self._monitor.at_work},
            "caches": {
                name: {"running": at_work[name], "circuit_breaker": part.breaker.state.name.lower()}
                for name, part in self._parts.items()
            },
        }
