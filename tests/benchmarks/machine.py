"""How fast this machine is at the moment, against the one on which the project's bars in seconds were set."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

#: What prometheus_client's bound children took there for one hit, in nanoseconds: CPython 3.11, two virtual processors.
REFERENCE = 809.0


@cache
def slowness() -> float:
    """How many times longer the same Python takes here; 1 where it takes less.

    Ratios to others need no such thing. Seconds do: shared processors run at half their speed when others want them.
    """
    measuring = (
        "from tests.benchmarks import measure, peers; "
        "print(measure.best(peers.loop(peers.prometheus_bound()), 2000, 15))"
    )
    command = [sys.executable, "-c", measuring]
    took = [float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(5)]
    return max(1.0, min(took) / REFERENCE)
