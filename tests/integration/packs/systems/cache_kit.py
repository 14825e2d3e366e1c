"""cache-kit, a library of Rust, by what its guide has an application answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.integration.packs.system import Fault, Finder, System, application, nothing


@contextmanager
def system(folder: Path, binary: Finder) -> Iterator[System]:
    """An application that counts as the guide's `CacheMetrics` does."""
    with application("tests.integration.packs.applications.cache_kit_documented", folder) as running:
        yield System(
            address=running.address,
            use=partial(running.do, "use"),
            faults=(
                running.fault("cold", "CacheKitHitRatioLow"),
                running.fault("failing", "CacheKitErrorRatioHigh", "CacheKitAvailableBudgetBurn"),
                running.fault("slow", "CacheKitLatencyHigh"),
                Fault(name="nobody comes", alerts=("CacheKitThroughputDropped",), use=nothing),
                running.killed("CacheKitTargetDown", "CacheKitMetricsMissing"),
            ),
        )
