"""What generating costs: the shipped definition, and one that is as large as definitions get."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.machine import slowness
from tests.synthetic import large_definition

#: The bars of the project: seconds of CPU, and megabytes.
SHIPPED, READING, LARGE, MEGABYTES = 1.0, 0.3, 10.0, 500.0


def cost(*command: str) -> tuple[float, float]:
    """Seconds of CPU and peak megabytes of a command that must succeed."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def test_generating_costs_little(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    large = tmp_path / "large.yaml"
    large.write_text(large_definition(metrics=1000, alerts=300, dashboards=20), encoding="utf-8")
    reading, _ = cost("-c", "import stackgen.cli; from stackgen.definition import load; load('cache')")
    shipped, _ = cost("-m", "stackgen", "generate", "cache", "--out", str(tmp_path / "shipped"))
    seconds, megabytes = cost("-m", "stackgen", "generate", str(large), "--out", str(tmp_path / "large"))
    with capsys.disabled():
        sys.stdout.write(
            f"\ngenerate cache {shipped:.2f} s of CPU ({reading:.2f} s before the first generator); "
            f"1,000 metrics, 300 alerts, 20 dashboards {seconds:.1f} s, {megabytes:.0f} MB; "
            f"bars are times {slowness():.2f} on this machine\n"
        )
    assert reading < READING * slowness()
    assert shipped < SHIPPED * slowness()
    assert seconds < LARGE * slowness()
    assert megabytes < MEGABYTES
