"""What the dashboards of the cache cost a Prometheus that has a day of fifty instances with ten caches each."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stackgen.stack.binaries import Located
from tests.benchmarks.day_of_caches import write_day
from tests.benchmarks.machine import slowness
from tests.benchmarks.panel_cost import Cost, costs, opened, serving
from tests.integration.ports import free_ports

#: The bars of the project, in seconds: one query, and all of the overview, until it is there.
QUERY, OVERVIEW = 0.3, 2.0

DASHBOARDS = Path(__file__).parents[2] / "dashboards" / "cache"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def test_no_panel_is_dear_and_the_overview_is_there_at_once(
    binary: Callable[[str], Located], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end = int(time.time() * 1000) // 60_000 * 60_000
    series = write_day(tmp_path, end=end, hours=24, instances=50, caches=10)
    # Details are of one cache, as they are when somebody comes from a panel of the overview.
    boards: dict[str, dict[str, str]] = {"overview": {}, "detail": {"cache": "cache0"}, "slo": {}, "alerts": {}}
    (port,) = free_ports(1)
    found: dict[str, list[Cost]] = {}
    with serving(binary("prometheus"), tmp_path, port) as server:
        for key, chosen in boards.items():
            board = json.loads((DASHBOARDS / f"{key}.json").read_text())
            found[key] = list(costs(server, board, end=end / 1000 - 60, scrape_interval=15, chosen=chosen))
        overview = json.loads((DASHBOARDS / "overview.json").read_text())
        times = [opened(server, overview, end=end / 1000 - 60, scrape_interval=15, chosen={}) for _ in range(3)]
    with capsys.disabled():
        for key, each in found.items():
            dearest = max(each, key=lambda cost: cost.cpu)
            cpu, clock = sum(cost.cpu for cost in each), sum(cost.seconds for cost in each)
            sys.stdout.write(
                f"\n{key}: {len(each)} queries over {series:,} series, {cpu:.2f} s of CPU, {clock:.2f} s on the clock; "
                f"dearest {dearest.panel}: {dearest.cpu:.2f} s"
            )
        sys.stdout.write(
            f"\nthe overview is there after {min(times):.2f} to {max(times):.2f} s; "
            f"bars are times {slowness():.2f} on this machine\n"
        )
    # By CPU, which a query takes one after the other and which another load on the machine adds little to.
    assert [cost for each in found.values() for cost in each if cost.cpu > QUERY * slowness()] == []
    assert min(times) < OVERVIEW * slowness()
