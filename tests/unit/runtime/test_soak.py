"""Memory stays flat while threads come and go, processes fork and everything is scraped."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime import generate_latest
from tests.unit.runtime.exporters import value


def resident() -> int:
    """The bytes of memory that this process has (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("shared", [False, True])
def test_a_minute_of_everything_takes_no_memory(shared: bool, tmp_path: Path) -> None:
    registry = CollectorRegistry()
    directory = tmp_path / "shared" if shared else None
    metrics = CacheMetrics("sessions", "redis", registry=registry, shared=directory)
    metrics.snapshot("1h")
    recorded = 0

    def work() -> None:
        for _ in range(500):
            metrics.record_hit(0.25)
            with metrics.time_set():
                pass

    def round_() -> None:
        nonlocal recorded
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        recorded += 4000
        generate_latest(registry)
        pid = os.fork()
        if not pid:
            metrics.record_miss(0.25)
            os._exit(0)
        os.waitpid(pid, 0)

    begun = time.monotonic()
    # What a process takes once (its history of an hour's totals above all) is taken in the first half.
    while time.monotonic() < begun + 30:
        round_()
    before = resident()
    while time.monotonic() < begun + 60:
        round_()
    assert resident() <= before * 1.05
    assert value(registry, "cache_operations_total", operation="get", result="hit") == recorded
