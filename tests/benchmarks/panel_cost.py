"""What the panels of a dashboard cost a Prometheus that has a given data set."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stackgen.definition.quantities import duration
from stackgen.stack.binaries import Located
from tests.integration.pipeline import wait_for

#: Pixels of a column of the grid on a screen of 1920.
_COLUMN = 77


@dataclass(frozen=True, slots=True)
class Cost:
    """One query: of which panel, seconds on the clock, seconds of Prometheus's CPU, and how many series came back."""

    panel: str
    query: str
    seconds: float
    cpu: float
    series: int


@dataclass(frozen=True, slots=True)
class Server:
    """A Prometheus that scrapes nothing."""

    url: str
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU that it has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, path: str, **parameters: object) -> list[Any]:
        """The result of a query."""
        body = urllib.parse.urlencode(parameters).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}", data=body, timeout=300) as answer:
            found: list[Any] = json.load(answer)["data"]["result"]
        return found


@contextmanager
def serving(program: Located, data: Path, port: int) -> Iterator[Server]:
    """A Prometheus on a data folder; it neither compacts nor forgets what is in it."""
    (data / "empty.yml").write_text("{}\n")
    command = [
        str(program.path), f"--config.file={data / 'empty.yml'}", f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=10y", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
    ]  # fmt: skip
    with subprocess.Popen(command, env={**os.environ, **program.environment}) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for("prometheus is ready", lambda: _ready(url), seconds=300)
            yield Server(url, process.pid)
        finally:
            process.terminate()
            process.wait(60)


def _ready(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/-/ready", timeout=5) as answer:
        ready: bool = answer.status == 200
    return ready


def costs(
    server: Server, board: dict[str, Any], *, end: float, scrape_interval: float, chosen: Mapping[str, str]
) -> Iterator[Cost]:
    """What each query of a dashboard costs over the time that it shows when it is opened.

    `chosen` are the values of variables; where nothing is chosen, All is.
    """
    shown = duration(board["time"]["from"].removeprefix("now-")) or 0.0
    for panel in [each for row in board["panels"] for each in (row, *row.get("panels", ()))]:
        for target in panel.get("targets", ()):
            points = panel.get("maxDataPoints") or panel["gridPos"]["w"] * _COLUMN
            least = duration(panel["interval"]) if "interval" in panel else None
            step = max(_rounded(shown / points), scrape_interval, least or 0.0)
            window = max(step + scrape_interval, 4 * scrape_interval)
            expr = filled_in(target["expr"], window=window, shown=shown, chosen=chosen)
            began, used = time.perf_counter(), server.cpu()
            if target.get("instant"):
                found = server.ask("query", query=expr, time=end)
            else:
                found = server.ask("query_range", query=expr, start=end - shown, end=end, step=step)
            yield Cost(panel["title"], target["refId"], time.perf_counter() - began, server.cpu() - used, len(found))


def filled_in(expr: str, *, window: float, shown: float, chosen: Mapping[str, str]) -> str:
    """An expression as Grafana sends it."""
    expr = expr.replace("$__rate_interval", f"{window:.0f}s").replace("$__range", f"{shown:.0f}s")
    return re.sub(r"\$(\w+)", lambda found: chosen.get(found[1], ".+"), expr)


def _rounded(seconds: float) -> float:
    """An interval as Grafana rounds it (`rangeutil.roundInterval`)."""
    for limit, rounded in ((7.5, 5), (12.5, 10), (17.5, 15), (25, 20), (45, 30), (90, 60), (210, 120), (450, 300)):
        if seconds < limit:
            return float(rounded)
    return 600.0
