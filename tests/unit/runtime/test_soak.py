"""Memory stays flat while threads come and go, processes fork and everything is scraped."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime import generate_latest
from tests.unit.runtime.exporters import value

#: Each of 16 threads, 8000 records, two scrapes and two forks.
_ROUNDS = 300


def resident() -> int:
    """The bytes of memory that this process has (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_rounds_of_everything_take_no_memory(tmp_path: Path) -> None:
    """In this process alone and in a shared directory, taking turns."""
    registries = [CollectorRegistry(), CollectorRegistry()]
    both = [
        CacheMetrics("sessions", "redis", registry=registry, shared=shared)
        for registry, shared in zip(registries, (None, tmp_path / "shared"), strict=True)
    ]
    for metrics in both:
        metrics.snapshot("1h")
    recorded = 0

    def round_(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
        def work() -> None:
            for _ in range(500):
                metrics.record_hit(0.25)
                with metrics.time_set():
                    pass

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        generate_latest(registry)
        pid = os.fork()
        if not pid:
            metrics.record_miss(0.25)
            os._exit(0)
        os.waitpid(pid, 0)

    def soak(rounds: int) -> None:
        nonlocal recorded
        for _ in range(rounds):
            for metrics, registry in zip(both, registries, strict=True):
                round_(metrics, registry)
            recorded += 4000

    # What a process takes once (its history of an hour's totals above all) is taken in the first half.
    soak(_ROUNDS)
    before = resident()
    soak(_ROUNDS)
    assert resident() <= before * 1.05
    for registry in registries:
        assert value(registry, "cache_operations_total", operation="get", result="hit") == recorded
