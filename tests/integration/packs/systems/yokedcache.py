"""An application that keeps things in YokedCache and reports to its PrometheusCollector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.integration.packs.system import Fault, Finder, System, application, nothing


@contextmanager
def system(folder: Path, binary: Finder) -> Iterator[System]:
    """The application, whose paths make the faults."""
    with application("tests.integration.packs.applications.yokedcache_application", folder) as running:
        yield System(
            address=running.address,
            use=partial(running.do, "use"),
            faults=(
                running.fault("cold", "YokedcacheHitRatioLow"),
                running.fault("slow", "YokedcacheLatencyHigh", "YokedcacheFastBudgetBurn"),
                running.fault("storm", "YokedcacheInvalidating"),
                running.fault("fill", "YokedcacheKeysGrowing", "YokedcacheMemoryGrowing"),
                Fault(name="nobody comes", alerts=("YokedcacheTrafficDropped",), use=nothing),
                running.killed("YokedcacheTargetDown", "YokedcacheMetricsMissing"),
            ),
            # A test does not fill 64 MiB, nor 10 000 keys, in a few seconds.
            overrides={
                "alerts": {
                    "YokedcacheKeysGrowing": {"when": {"above": 100}},
                    "YokedcacheMemoryGrowing": {"when": {"above": 1000}},
                }
            },
        )
