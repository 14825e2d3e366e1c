"""How long `stackgen check` takes over 1,000 rules and 100 dashboards, and how much memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stackgen.cli import main
from tests.benchmarks.machine import slowness

#: The bars of the project, on a machine of today.
SECONDS, MEGABYTES = 5.0, 400.0

_RULES = """\
      - record: job_cache:hits{0}:ratio_rate5m
        expr: |
          sum by (job, cache) (rate(cache_operations_total{{result="hit",cache="c{0}"}}[5m]))
          /
          (sum by (job, cache) (rate(cache_operations_total{{cache="c{0}"}}[5m])) > 0)
      - alert: HitsLow{0}
        expr: job_cache:hits{0}:ratio_rate5m < 0.3
        for: 5m
        labels: {{severity: warning}}
        annotations:
          summary: '{{{{ $labels.cache }}}}: {{{{ $value | humanizePercentage }}}}'
          description: Fewer than 30% are hits.
          runbook_url: https://runbooks.example.org/HitsLow
"""


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 rules in 20 files, and 100 dashboards as large as the shipped one, no two expressions alike."""
    monkeypatch.chdir(tmp_path)
    Path("rules").mkdir()
    Path("boards").mkdir()
    for file in range(20):
        rules = "".join(_RULES.format(25 * file + number) for number in range(25))
        Path(f"rules/r{file}.yaml").write_text(f"groups:\n  - name: g{file}\n    rules:\n{rules}")
    main(["generate", "cache", "--only", "dashboards", "--out", "."])
    shipped = Path("dashboards/cache/overview.json")
    text = shipped.read_text()
    uid = json.loads(text)["uid"]
    for number in range(100):
        own = text.replace(uid, f"board-{number}")
        own = own.replace('cache=~\\"$cache\\"', f'cache=~\\"$cache\\", x!=\\"{number}\\"')
        Path(f"boards/b{number}.json").write_text(own)


@pytest.mark.usefixtures("many")
def test_a_large_project_is_checked_while_one_waits(capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "stackgen", "check", "rules", "boards", "--definition", "cache"]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds, megabytes = time.perf_counter() - start, used.ru_maxrss / 1000
    with capsys.disabled():
        sys.stdout.write(f"\n{seconds:.1f} s, {megabytes:.0f} MB (x {slowness():.2f}): {said.splitlines()[-1]}\n")
    assert said.splitlines()[-1] == "120 files, 1,000 rules, 100 dashboards: nothing found"
    assert seconds < SECONDS * slowness()
    assert megabytes < MEGABYTES
