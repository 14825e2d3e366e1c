"""What an application with cache-kit answers, as its guide on monitoring has it: counters, and gauges since start.

Its counts move as those of the guide's `CacheMetrics` do: every operation is a hit, a miss or an error, and is timed.
"""

from __future__ import annotations

import sys
from functools import partial

from tests.integration.packs.applications.serving import serve


class CacheMetrics:
    """The atomics of the guide."""

    def __init__(self) -> None:
        self.hits = self.misses = self.errors = self.latency_total_us = 0

    def record(self, hits: int = 0, misses: int = 0, errors: int = 0, latency_us: int = 800) -> None:
        """Record operations that took equally long, in microseconds."""
        self.hits += hits
        self.misses += misses
        self.errors += errors
        self.latency_total_us += (hits + misses + errors) * latency_us

    def exposition(self) -> str:
        """The text format, ratios and means over the whole life of the process."""
        total = self.hits + self.misses + self.errors
        found = self.hits + self.misses
        return "\n".join(
            line
            for name, kind, text, value in (
                ("cache_hits_total", "counter", "Total number of cache hits", self.hits),
                ("cache_misses_total", "counter", "Total number of cache misses", self.misses),
                ("cache_errors_total", "counter", "Total number of cache errors", self.errors),
                ("cache_hit_rate", "gauge", "Cache hit rate (0.0 to 1.0)", self.hits / found if found else 0.0),
                ("cache_error_rate", "gauge", "Cache error rate (0.0 to 1.0)", self.errors / total if total else 0.0),
                (
                    "cache_avg_latency_us",
                    "gauge",
                    "Average latency in microseconds",
                    self.latency_total_us / total if total else 0.0,
                ),
                ("cache_total_ops", "counter", "Total number of operations", total),
            )
            for line in (f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name} {value}", "")
        )


def main() -> None:
    """Serve on the port that is given."""
    metrics = CacheMetrics()
    serve(
        int(sys.argv[1]),
        metrics.exposition,
        {
            "use": partial(metrics.record, hits=90, misses=10),
            "cold": partial(metrics.record, misses=1000),
            "failing": partial(metrics.record, errors=1000),
            "slow": partial(metrics.record, hits=1000, latency_us=250_000),
        },
    )


if __name__ == "__main__":
    main()
