"""A real gunicorn with four workers: every scrape, whoever answers it, shows the sum, also over restarts."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import require
from tests.integration.ports import free_port

APP = """
from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime import make_wsgi_app

metrics = CacheMetrics("sessions", "redis", shared={directory!r})
scrape = make_wsgi_app()

def app(environ, start_response):
    if environ["PATH_INFO"] == "/metrics":
        return scrape(environ, start_response)
    metrics.record_hit(0.25)
    start_response("200 OK", [])
    return [b""]
"""


@contextmanager
def gunicorn(folder: Path, *options: str) -> Iterator[tuple[str, int]]:
    """A server of the app; its address and the process id of its master."""
    (folder / "served.py").write_text(APP.format(directory=str(folder / "shared")))
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "gunicorn", "-w", "4", "-b", address, *options, "served:app"]
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{Path.cwd()}"}
    with (folder / "log").open("w") as log:
        master = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 90
        while not answers(f"http://{address}/metrics"):
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        yield f"http://{address}", master.pid
    finally:
        master.terminate()
        master.wait(30)


def answers(url: str) -> bool:
    try:
        return bool(ask(url))
    except OSError:
        return False


def ask(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as response:
        text: str = response.read().decode()
        return text


def hits(base: str) -> float:
    (line,) = (
        line
        for line in ask(f"{base}/metrics").splitlines()
        if line.startswith("cache_operations_total{") and 'result="hit"' in line
    )
    return float(line.rpartition(" ")[2])


@pytest.mark.parametrize("options", [[], ["--preload"], ["--max-requests", "7"], ["--preload", "--max-requests", "7"]])
def test_every_scrape_shows_the_sum(options: list[str], tmp_path: Path) -> None:
    require(importlib.util.find_spec("gunicorn"), "gunicorn is not installed: pip install 'stackgen[test]'")
    with gunicorn(tmp_path, *options) as (base, master):
        for number in range(1, 101):
            ask(base)
            if not number % 10:
                assert [hits(base) for _ in range(4)] == [number] * 4
        os.kill(master, signal.SIGHUP)  # all workers are replaced
        ask(base)
        assert hits(base) == 101
    # More than twenty workers have come and gone; four, their predecessors and the master are left.
    assert len(list((tmp_path / "shared").glob("*.cells"))) <= 9
