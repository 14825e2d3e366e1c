"""The workload's own counts, read again and again while a stack goes through its steps."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPException
from threading import Event, Thread
from typing import Any, TypeAlias

from stackgen.workload.scenarios import SCENARIOS
from tests.integration.pipeline import RunningStack

#: Seconds between two readings. What happens between the two around a scrape is what is not known of its time.
EVERY = 0.2

#: A metric's name in the definition, and its labels.
Series: TypeAlias = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Reading:
    """What the workload had counted at some moment between `asked` and `answered`, in seconds since the epoch."""

    asked: float
    answered: float
    body: bytes

    @cached_property
    def scenario(self) -> str:
        """What the workload did."""
        found = re.search(rb'"scenario": "(\w+)"', self.body)
        assert found is not None
        return found[1].decode()

    @cached_property
    def bounds(self) -> list[float]:
        """The bounds of the buckets of durations."""
        bounds: list[float] = json.loads(self.body)["bounds"]
        return bounds

    @cached_property
    def series(self) -> Mapping[Series, Any]:
        """Each series that the exporter should tell: a number, or durations as `stackgen.workload.counts` has them."""
        return dict(_series(json.loads(self.body)["caches"]))


def _series(caches: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Series, Any]]:
    for cache, counts in caches.items():

        def of(metric: str, cache: str = cache, backend: str = counts["backend"], **labels: str) -> Series:
            return metric, frozenset({"cache": cache, "backend": backend, **labels}.items())

        for operation, results in counts["operations"].items():
            for result, durations in results.items():
                yield of("operation_duration", operation=operation, result=result), durations
        for operation, kinds in counts["errors"].items():
            for kind, count in kinds.items():
                yield of("errors", operation=operation, kind=kind), count
        for metric, results in (("load_duration", counts["loads"]), ("probe_duration", counts["probes"])):
            for result, durations in results.items():
                yield of(metric, result=result), durations
        yield of("pool_wait_duration"), counts["pool_waits"]
        for event, count in counts["events"].items():
            yield of(event), count
        for level, value in counts["levels"].items():
            if level in ("pool_in_use", "pool_idle"):
                yield of("pool_connections", state=level.removeprefix("pool_")), value
            else:
                yield of(level), value


class Ledger:
    """Reads the counts of one workload in the background, from `begin` to `end`."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self._phases: dict[str, tuple[float, float]] = {}
        self._over = Event()
        self._thread: Thread | None = None

    def begin(self, stack: RunningStack) -> None:
        """Begin to read."""
        url = stack.url("workload", "/counts")
        self._thread = Thread(target=self._read, args=(url,), name="ledger", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Read no more."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _read(self, url: str) -> None:
        while not self._over.wait(EVERY):
            asked = time.time()
            # The workload may be stalled or cut off: what was not read is not known, and bounds become wider.
            with suppress(OSError, HTTPException), urllib.request.urlopen(url, timeout=5) as answer:
                body = answer.read()
                self.readings.append(Reading(asked, time.time(), body))

    def around(self, began: float, ended: float) -> tuple[Reading, Reading]:
        """The last reading that was complete when something began, and the first that was asked for after its end.

        Raises LookupError where there is none on one of the sides.
        """
        before = [each for each in self.readings if each.answered <= began]
        after = [each for each in self.readings if each.asked >= ended]
        if not before or not after:
            raise LookupError(f"no reading on both sides of {began:.3f} to {ended:.3f}")
        return before[-1], after[0]

    @contextmanager
    def during(self, phase: str) -> Iterator[None]:
        """Around a phase, so that it can be found again."""
        began = time.time()
        try:
            yield
        finally:
            self._phases[phase] = (began, time.time())

    def stretch(self, phase: str) -> tuple[float, float]:
        """When a phase lasted, seconds since the epoch; that of a scenario, when the workload did what it says."""
        began, ended = self._phases[phase]
        scenario = phase if phase in SCENARIOS else "normal"
        within = [each for each in self.readings if began <= each.asked and each.answered <= ended]
        readings = [each for each in within if each.scenario == scenario]
        assert readings, f"nothing was read of the workload while {phase}"
        return readings[0].answered, readings[-1].asked
