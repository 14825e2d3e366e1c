"""What the workload counts itself, apart from the recorder, so that a test can hold one against the other.

All but the levels is cumulative: two readings and the difference of their `time` give exact rates, and the difference
of two lists of buckets gives the true quantiles of what happened in between.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from threading import RLock
from typing import Any

#: Bounds that must be hit exactly, in seconds: those of the exporter's histograms, so that its buckets can be compared.
_EDGES = (
    *(0.000001, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01),
    *(0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)

#: Geometric steps between two edges; a bucket is at most 7 % wide, but for those below 50 us.
_STEPS = 14


def _finer(edges: Sequence[float]) -> tuple[float, ...]:
    bounds = [low * (high / low) ** (step / _STEPS) for low, high in pairwise(edges) for step in range(1, _STEPS)]
    return tuple(sorted([*bounds, *edges]))


#: Upper bounds of the buckets of every duration counted here, in seconds; the last bucket, above them all, has none.
BOUNDS = _finer(_EDGES)


class Durations:
    """How often, and how long, exact at the edges of the exporter's buckets and fine in between."""

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def reading(self) -> dict[str, Any]:
        """`count`, `seconds` (their sum) and `buckets` (not cumulative over buckets)."""
        return {"count": sum(self.buckets), "seconds": self.seconds, "buckets": list(self.buckets)}


class Counts:
    """What happened to one cache. Any thread may count.

    Who tells something to others too does both while it holds `lock`: whatever those were told before a reading began
    is in it.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self._operations: dict[tuple[str, str], Durations] = {}
        self._loads: dict[str, Durations] = {}
        self._pool_waits = Durations()
        self._probes: dict[str, Durations] = {}
        self._errors: Counter[tuple[str, str]] = Counter()
        self._events: Counter[str] = Counter()
        self._levels: dict[str, float] = {}

    def operation(self, operation: str, result: str, seconds: float) -> None:
        """An operation ended."""
        with self.lock:
            self._operations.setdefault((operation, result), Durations()).add(seconds)

    def error(self, operation: str, kind: str) -> None:
        """An operation failed; beside `operation`, not instead of it."""
        with self.lock:
            self._errors[operation, kind] += 1

    def load(self, result: str, seconds: float) -> None:
        """A load from the source ended."""
        with self.lock:
            self._loads.setdefault(result, Durations()).add(seconds)

    def pool_wait(self, seconds: float) -> None:
        """A wait for a connection ended."""
        with self.lock:
            self._pool_waits.add(seconds)

    def probe(self, result: str, seconds: float) -> None:
        """A health check ended."""
        with self.lock:
            self._probes.setdefault(result, Durations()).add(seconds)

    def level(self, level: str, value: float) -> None:
        """Something stands at `value` now."""
        with self.lock:
            self._levels[level] = value

    def event(self, event: str, amount: int = 1) -> None:
        """Something else happened `amount` times."""
        with self.lock:
            self._events[event] += amount

    def reading(self) -> dict[str, Any]:
        """All of it, as JSON takes it; cumulative, but for the levels."""
        with self.lock:
            operations: dict[str, dict[str, Any]] = {}
            for (operation, result), durations in sorted(self._operations.items()):
                operations.setdefault(operation, {})[result] = durations.reading()
            errors: dict[str, dict[str, int]] = {}
            for (operation, kind), count in sorted(self._errors.items()):
                errors.setdefault(operation, {})[kind] = count
            lookups = {result: lookup["count"] for result, lookup in operations.get("get", {}).items()}
            return {
                "lookups": {result: lookups.get(result, 0) for result in ("hit", "miss", "stale", "error")},
                "operations": operations,
                "errors": errors,
                "loads": {result: durations.reading() for result, durations in sorted(self._loads.items())},
                "pool_waits": self._pool_waits.reading(),
                "probes": {result: durations.reading() for result, durations in sorted(self._probes.items())},
                "levels": dict(sorted(self._levels.items())),
                "events": dict(sorted(self._events.items())),
            }


def quantile_bucket(bounds: Sequence[float], buckets: Sequence[int], q: float) -> tuple[float, float]:
    """The bounds between which the `q`-quantile (0..1) of the counted durations lies, in seconds.

    Raises ValueError when nothing was counted.
    """
    total = sum(buckets)
    if total == 0:
        raise ValueError("no durations were counted, so they have no quantile")
    below = 0
    for number, count in enumerate(buckets):
        below += count
        if count and below >= q * total:
            low = bounds[number - 1] if number else 0.0
            return low, bounds[number] if number < len(bounds) else float("inf")
    raise ValueError(f"a quantile is between 0 and 1, not {q}")


def added_buckets(readings: Sequence[Mapping[str, Any]]) -> list[int]:
    """The buckets of several readings of durations as one, for a quantile over all of them."""
    return [sum(counts) for counts in zip(*(reading["buckets"] for reading in readings), strict=True)]
