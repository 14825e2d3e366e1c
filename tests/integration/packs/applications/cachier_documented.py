"""What cachier's own metrics server answers, as its exporter is documented: no release on PyPI has it yet (4.2.0).

Counts move as cachier moves them: a stale access is a stale hit and a miss, and every miss is computed again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from tests.integration.packs.applications.serving import serve


@dataclass(slots=True)
class Function:
    """What is known of one function that is cached."""

    name: str
    hits: int = 0
    misses: int = 0
    stale_hits: int = 0
    recalculations: int = 0
    wait_timeouts: int = 0
    size_limit_rejections: int = 0
    entries: int = 100
    latency: float = 0.0021

    @property
    def hit_rate(self) -> float:
        """Percentage of hits since the process began."""
        calls = self.hits + self.misses
        return 100 * self.hits / calls if calls else 0.0


_FAMILIES: tuple[tuple[str, str, str, Callable[[Function], str]], ...] = (
    ("cachier_cache_hits_total", "counter", "Total cache hits", lambda f: str(f.hits)),
    ("cachier_cache_misses_total", "counter", "Total cache misses", lambda f: str(f.misses)),
    ("cachier_cache_hit_rate", "gauge", "Cache hit rate percentage", lambda f: f"{f.hit_rate:.2f}"),
    (
        "cachier_avg_latency_ms",
        "gauge",
        "Average cache operation latency in milliseconds",
        lambda f: f"{1000 * f.latency:.4f}",
    ),
    ("cachier_stale_hits_total", "counter", "Total stale cache hits", lambda f: str(f.stale_hits)),
    ("cachier_recalculations_total", "counter", "Total cache recalculations", lambda f: str(f.recalculations)),
    ("cachier_wait_timeouts_total", "counter", "Total wait timeouts", lambda f: str(f.wait_timeouts)),
    ("cachier_entry_count", "gauge", "Current cache entries", lambda f: str(f.entries)),
    ("cachier_cache_size_bytes", "gauge", "Total cache size in bytes", lambda f: str(1000 * f.entries)),
    (
        "cachier_size_limit_rejections_total",
        "counter",
        "Entries rejected due to size limit",
        lambda f: str(f.size_limit_rejections),
    ),
)


def main() -> None:
    """Serve two functions on the port that is given."""
    functions = [Function("shop.prices"), Function("shop.stock")]

    def exposition() -> str:
        lines = []
        for name, kind, text, value in _FAMILIES:
            lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
            lines += [f'{name}{{function="{function.name}"}} {value(function)}' for function in functions]
            lines.append("")
        return "\n".join(lines)

    def use() -> None:
        for function in functions:
            function.hits += 8
            misses(function, 2)

    def misses(function: Function, number: int) -> None:
        function.misses += number
        function.recalculations += number

    def cold() -> None:
        misses(functions[0], 20)

    def stale() -> None:
        functions[0].stale_hits += 20
        misses(functions[0], 20)

    def waiting() -> None:
        functions[0].wait_timeouts += 1
        misses(functions[0], 1)

    def oversized() -> None:
        functions[0].size_limit_rejections += 1
        misses(functions[0], 1)

    def grow() -> None:
        functions[0].entries = 1_000_000

    serve(
        int(sys.argv[1]),
        exposition,
        {"use": use, "cold": cold, "stale": stale, "waiting": waiting, "oversized": oversized, "grow": grow},
    )


if __name__ == "__main__":
    main()
