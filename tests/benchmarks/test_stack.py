"""How soon the stack shows something, and what it takes while it does: as processes, with everything at its default."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackgen.stack.binaries import locate
from tests.benchmarks.machine import slowness
from tests.integration.pipeline import NativeStack, native_stack, panel_queries
from tests.integration.stack.steps import WHILE_ALL_IS_WELL
from tests.waiting import wait_for

#: The bars of the project: seconds until every panel has data, bytes of all services without Grafana, processors of
#: the workload at its default rate.
SECONDS, BYTES, PROCESSORS = 60.0, 600e6, 0.25

_TICKS = os.sysconf("SC_CLK_TCK")
_UNITS = {"kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NativeStack, float]]:
    """The stack of the shipped definition, and when it was asked for."""
    for program in ("prometheus", "alertmanager", "redis-server", "redis-exporter"):
        locate(program, lambda _: None)  # present to begin with, as the bar says
    at = time.monotonic()
    with native_stack(tmp_path_factory.mktemp("stack"), "stackgen: 1\nextends: cache\n", rate=None) as stack:
        yield stack, at


def test_every_target_is_up_and_every_panel_has_data_within_a_minute(started: tuple[NativeStack, float]) -> None:
    stack, at = started
    boards = [path for name in ("cache", "exporter") for path in (stack.project / "dashboards" / name).glob("*.json")]
    left = {
        expression: f"{path.name}: {panel.title}"
        for path in boards
        for panel in panel_queries(json.loads(path.read_text(encoding="utf-8")))
        for expression in panel.expressions
        if panel.title not in WHILE_ALL_IS_WELL
    }

    def shown() -> bool:
        for expression in list(left):
            if stack.query(expression):
                del left[expression]
        return not left and set(stack.targets().values()) == {"up"}

    wait_for(f"data for {len(left)} expressions", shown, seconds=240)
    took = time.monotonic() - at
    assert took < SECONDS * slowness(), f"{took:.1f} s; this machine takes {slowness():.2f} times as long"


def test_the_services_take_no_more_memory_than_they_may(started: tuple[NativeStack, float]) -> None:
    stack, _ = started
    rows = stack.stackgen("status").stdout.splitlines()[1:]
    taken = {row.split()[0]: _bytes(row) for row in rows if row.strip() and not row.startswith("grafana")}
    assert 0 < sum(taken.values()) < BYTES, taken


def test_the_workload_at_its_default_rate_takes_less_than_a_quarter_of_a_processor(
    started: tuple[NativeStack, float],
) -> None:
    stack, _ = started
    state = json.loads((stack.project / ".stackgen" / "native" / "state.json").read_text(encoding="utf-8"))
    pid = state["services"]["workload"]["process"]["pid"]
    used, at = _processor_time(pid), time.monotonic()
    time.sleep(20)  # what is measured is how much of a processor it takes
    share = (_processor_time(pid) - used) / (time.monotonic() - at)
    assert share < PROCESSORS * slowness(), f"{share:.3f}; this machine takes {slowness():.2f} times as long"


def _processor_time(pid: int) -> float:
    """Seconds of a processor that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _bytes(row: str) -> float:
    found = re.search(r"(\d+(?:\.\d+)?) ?(kB|MB|GB|KiB|MiB|GiB)\b", row)
    return float(found[1]) * _UNITS[found[2]] if found else 0.0
