"""cachier, by the documented answer of its own metrics server: no release of it has that server yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.integration.packs.system import Finder, System, application


@contextmanager
def system(folder: Path, binary: Finder) -> Iterator[System]:
    """Two cached functions; the faults are of the first."""
    with application("tests.integration.packs.applications.cachier_documented", folder) as running:
        yield System(
            address=running.address,
            use=partial(running.do, "use"),
            faults=(
                running.fault("cold", "CachierHitRatioLow"),
                running.fault("stale", "CachierStaleRatioHigh"),
                running.fault("waiting", "CachierWaitTimeouts"),
                running.fault("oversized", "CachierRejecting"),
                running.fault("grow", "CachierEntriesGrowing", "CachierMemoryGrowing"),
                running.killed("CachierTargetDown", "CachierMetricsMissing"),
            ),
        )
