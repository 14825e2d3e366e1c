"""Every bar of the recorder, as ratios of medians over runs; prints a table and writes JSON (`make bench`).

Each run is a process of its own, in which all recorders take turns on the same work. A bar that is missed fails.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.machine import slowness
from tests.conftest import require

#: Runs are long where the machine is busy, and there are several.
pytestmark = pytest.mark.timeout(3600)

RUNS = int(os.environ.get("STACKGEN_BENCH_RUNS", "5"))
RESULTS = Path(".benchmarks/recorder.json")

Figures = dict[str, float]
_figures: dict[str, Figures] = {}
_ratios: dict[str, tuple[float, float]] = {}


def measured(*what: str, runs: int = RUNS, shared: bool = False) -> Figures:
    """The medians over several runs; `shared` adds a new directory each time, also for prometheus_client."""
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(runs):
        # Where both libraries advise to have it: in memory.
        directory = tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        try:
            environment = dict(os.environ)
            arguments = list(what)
            if shared:
                theirs = Path(directory, "prometheus_client")
                theirs.mkdir()
                environment["PROMETHEUS_MULTIPROC_DIR"] = str(theirs)
                arguments.append(str(Path(directory, "ours")))
            command = [sys.executable, "-m", "tests.benchmarks.measure", *arguments]
            ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert ended.returncode == 0, ended.stderr
            for name, value in json.loads(ended.stdout).items():
                found[name].append(value)
        finally:
            shutil.rmtree(directory)
    figures = {name: statistics.median(values) for name, values in found.items()}
    _figures[" ".join(what)] = figures
    return figures


def held(bar: str, ratio: float, limit: float) -> None:
    """Note a ratio and hold it against its bar."""
    _ratios[bar] = (ratio, limit)
    assert ratio <= limit, f"{bar}: {ratio:.3f}, the bar is {limit}"


@pytest.fixture(scope="module", autouse=True)
def report(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if not _figures:
        return
    lines = ["", f"{'what':58} {'ratio':>7} {'bar':>6}"]
    lines += [
        f"{bar:58} {ratio:7.3f} {limit:6.2f} {'' if ratio <= limit else 'MISSED'}"
        for bar, (ratio, limit) in _ratios.items()
    ]
    for what, figures in _figures.items():
        unit = {"record": "ns", "multiprocess": "ns", "memory": "bytes"}.get(what.split()[0], "ms")
        lines += ["", f"{what} ({unit})", *(f"  {name:56} {value:12,.1f}" for name, value in figures.items())]
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        sys.stdout.write("\n".join([*lines, ""]))
    RESULTS.parent.mkdir(exist_ok=True)
    about = {"python": platform.python_version(), "machine": platform.machine(), "cpus": os.cpu_count(), "runs": RUNS}
    ratios = {bar: {"ratio": ratio, "bar": limit} for bar, (ratio, limit) in _ratios.items()}
    RESULTS.write_text(json.dumps({"about": about, "ratios": ratios, "figures": _figures}, indent=2))


@pytest.fixture(scope="module")
def record() -> Figures:
    for peer in ("aioprometheus", "opentelemetry.sdk", "statsd"):
        require(importlib.util.find_spec(peer.partition(".")[0]), f"{peer} is missing: pip install 'stackgen[bench]'")
    return measured("record")


@pytest.fixture(scope="module")
def multiprocess() -> Figures:
    return measured("multiprocess", shared=True)


@pytest.mark.parametrize(("peer", "bar"), [("bound", 0.16), ("naive", 0.06)])
def test_a_hit(record: Figures, peer: str, bar: float) -> None:
    held(f"a hit, against prometheus_client {peer}", record["ours"] / record[f"prometheus_client, {peer}"], bar)


def test_a_hit_with_four_threads(record: Figures) -> None:
    own = record["ours, 4 threads"]
    held("four threads, against prometheus_client bound", own / record["prometheus_client, bound, 4 threads"], 0.16)
    held("four threads, against one of ours", own / record["ours"], 1.2)


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ("timer", "a timer around nothing, recorded as the only outcome"),
        ("timer, nothing said of several", "a timer around nothing, of several outcomes"),
    ],
)
def test_a_timer(record: Figures, how: str, what: str) -> None:
    held(what, record[f"ours, {how}"] / record["prometheus_client, timer"], 0.35)


@pytest.mark.parametrize("processes", ["", ", 4 processes"])
def test_a_hit_where_processes_share(multiprocess: Figures, processes: str) -> None:
    own, theirs = multiprocess[f"ours, shared{processes}"], multiprocess[f"prometheus_client, multiprocess{processes}"]
    held(f"a hit where processes share{processes or ', 1 process'}", own / theirs, 0.10)


@pytest.mark.parametrize("series", [10_000, 100_000])
def test_exposition(series: int) -> None:
    figures = measured("exposition", str(series), runs=3)
    (own,) = (value for name, value in figures.items() if name.startswith("ours"))
    (theirs,) = (value for name, value in figures.items() if name.startswith("prometheus_client"))
    held(f"exposition of {series:,} series", own / theirs, 0.04)


def test_a_scrape_lets_others_go_on() -> None:
    held("a scrape of 10,000 series, in 5 ms of CPU", measured("held-gil", runs=3)["rendering"] / 5 / slowness(), 1.0)


def test_a_scrape_of_eight_processes() -> None:
    figures = measured("prefork-scrape", runs=3, shared=True)
    held("a scrape of 8 processes x 2,000 series", figures["ours"] / figures["prometheus_client"], 0.10)


@pytest.mark.parametrize("how", ["alone", "shared"])
def test_a_snapshot_costs_what_its_series_do(how: str) -> None:
    figures = measured("snapshots", runs=1, shared=True)
    ratio = figures[f"{how}, 1000 series"] / figures[f"{how}, 100 series"]
    held(f"a snapshot of ten times the series, {how}", ratio, 20)


def test_memory() -> None:
    figures = measured("memory", runs=1)
    held("memory of a histogram child", figures["ours"] / figures["prometheus_client"], 0.25)
    text = figures["ours, and its text after a scrape"] / figures["prometheus_client"]
    held("memory of a histogram child that was scraped", text, 0.25)


def test_import() -> None:
    held("import of an exporter, in 15 ms of CPU", measured("import", runs=1)["ours"] / 15 / slowness(), 1.0)
