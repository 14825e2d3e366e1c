"""Looks at Redis and the pools once a second, and sets the gauges by it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event, Thread

import redis
from redis.exceptions import RedisError

from stackgen.workload.part import Part
from stackgen.workload.settings import MEMORY_BUDGET

_INTERVAL = 1.0

#: Values of the gauge `health_state`.
_HEALTHY, _UNHEALTHY = 0, 2


@dataclass(frozen=True, slots=True)
class Connection:
    """Whether Redis answered when it was last asked; `error` says why not."""

    connected: bool
    error: str = ""


class Monitor:
    """Feeds the gauges of all parts; owns `client`."""

    def __init__(self, client: redis.Redis, parts: Sequence[Part]) -> None:
        self._client = client
        self._parts = parts
        self._stop = Event()
        self._thread = Thread(target=self._run, name="monitor", daemon=True)
        self._connection = Connection(connected=False, error="not asked yet")

    @property
    def connection(self) -> Connection:
        """What Redis said last."""
        return self._connection

    @property
    def at_work(self) -> bool:
        """Whether it runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Look once, so that no gauge is without a value, and go on in a thread."""
        for part in self._parts:
            part.recording.limits(part.usage.limit, MEMORY_BUDGET)
        self._look()
        self._thread.start()

    def stop(self, deadline: float) -> None:
        """End, by `deadline` (of `time.monotonic`) at the latest."""
        self._stop.set()
        self._thread.join(max(0.0, deadline - time.monotonic()))
        self._client.close()

    def _run(self) -> None:
        while not self._stop.wait(_INTERVAL):
            self._look()

    def _look(self) -> None:
        asked_at = time.perf_counter()
        try:
            self._look_at_redis()
        except (RedisError, OSError) as error:
            self._connection = Connection(connected=False, error=str(error))
            for part in self._parts:
                part.usage.server_gone()
                part.recording.probe("error", time.perf_counter() - asked_at)
                part.recording.health(_UNHEALTHY)
        else:
            self._connection = Connection(connected=True)
            for part in self._parts:
                part.recording.probe("ok", time.perf_counter() - asked_at)
                part.recording.health(_HEALTHY)
        for part in self._parts:
            part.recording.connections(*part.usage.read())
            part.recording.circuit_breaker(part.breaker.state)

    def _look_at_redis(self) -> None:
        pipeline = self._client.pipeline(transaction=False)
        pipeline.info("memory")
        for part in self._parts:
            for command in part.decisions.commands.count(time.time()):
                pipeline.execute_command(*command)  # type: ignore[no-untyped-call]
        memory, *counts = pipeline.execute()
        for part, entries in zip(self._parts, counts[1::2], strict=True):
            # Both caches live in one Redis, which does not tell whose memory is whose: each reports all of it.
            part.recording.memory(
                entries=entries,
                size=memory["used_memory"],
                limit=memory["maxmemory"] or MEMORY_BUDGET,
                fragmentation=memory["mem_fragmentation_ratio"],
            )
