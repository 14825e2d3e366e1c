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

        def fault(action: str, *alerts: str) -> Fault:
            return Fault(name=action, alerts=alerts, use=partial(running.do, action))

        yield System(
            address=running.address,
            use=partial(running.do, "use"),
            faults=(
                fault("cold", "CacheKitHitRatioLow"),
                fault("failing", "CacheKitErrorRatioHigh", "CacheKitAvailableBudgetBurn"),
                fault("slow", "CacheKitLatencyHigh"),
                Fault(name="nobody comes", alerts=("CacheKitThroughputDropped",), use=nothing),
                Fault(
                    name="killed",
                    alerts=("CacheKitTargetDown", "CacheKitMetricsMissing"),
                    begin=running.kill,
                    use=nothing,
                ),
            ),
        )
