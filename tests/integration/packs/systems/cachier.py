"""cachier, by the documented answer of its own metrics server: no release of it has that server yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.integration.packs.system import Fault, Finder, System, application, nothing


@contextmanager
def system(folder: Path, binary: Finder) -> Iterator[System]:
    """Two cached functions; the faults are of the first."""
    with application("tests.integration.packs.applications.cachier_documented", folder) as running:

        def fault(action: str, *alerts: str) -> Fault:
            return Fault(name=action, alerts=alerts, use=partial(running.do, action))

        yield System(
            address=running.address,
            use=partial(running.do, "use"),
            faults=(
                fault("cold", "CachierHitRatioLow"),
                fault("stale", "CachierStaleRatioHigh"),
                fault("waiting", "CachierWaitTimeouts"),
                fault("oversized", "CachierRejecting"),
                fault("grow", "CachierEntriesGrowing", "CachierMemoryGrowing"),
                Fault(
                    name="killed",
                    begin=running.kill,
                    use=nothing,
                    alerts=("CachierTargetDown", "CachierMetricsMissing"),
                ),
            ),
        )
