"""What the panels of a dashboard cost a Prometheus that has a given data set."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from stackgen.definition.quantities import duration
from stackgen.stack.binaries import Located
from tests.waiting import wait_for

#: How often a query is asked.
_TRIES = 3

#: As many requests as a browser has under way to one server (HTTP/1.1).
_AT_ONCE = 6

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


#: Asks one query of a panel as Grafana asks it; gives the series that come back.
Asking = Callable[[Server], list[Any]]


def costs(
    server: Server, board: dict[str, Any], *, end: float, scrape_interval: float, chosen: Mapping[str, str]
) -> Iterator[Cost]:
    """What each query of a dashboard costs over the time that it shows when it is opened, one after the other.

    The least of some tries: what is above it is the machine's, or the garbage of other queries.

    `chosen` are the values of variables; where nothing is chosen, All is.
    """
    for panel, query, ask in queries(board, end=end, scrape_interval=scrape_interval, chosen=chosen):
        tries = []
        for _ in range(_TRIES):
            began, used = time.perf_counter(), server.cpu()
            found = ask(server)
            tries.append(Cost(panel, query, time.perf_counter() - began, server.cpu() - used, len(found)))
        yield min(tries, key=lambda cost: cost.cpu)


def opened(
    server: Server, board: dict[str, Any], *, end: float, scrape_interval: float, chosen: Mapping[str, str]
) -> float:
    """The seconds until all queries of a dashboard are answered, which a browser has Grafana ask six at a time."""
    asked = [ask for _, _, ask in queries(board, end=end, scrape_interval=scrape_interval, chosen=chosen)]
    began = time.perf_counter()
    with ThreadPoolExecutor(_AT_ONCE) as browser:
        list(browser.map(lambda ask: ask(server), asked))
    return time.perf_counter() - began


def queries(
    board: dict[str, Any], *, end: float, scrape_interval: float, chosen: Mapping[str, str]
) -> Iterator[tuple[str, str, Asking]]:
    """The title of the panel, the refId and the question of each query of a dashboard."""
    shown = duration(board["time"]["from"].removeprefix("now-")) or 0.0
    for panel in [each for row in board["panels"] for each in (row, *row.get("panels", ()))]:
        for target in panel.get("targets", ()):
            points = panel.get("maxDataPoints") or panel["gridPos"]["w"] * _COLUMN
            least = duration(panel["interval"]) if "interval" in panel else None
            step = max(_rounded(shown / points), scrape_interval, least or 0.0)
            window = max(step + scrape_interval, 4 * scrape_interval)
            expr = filled_in(target["expr"], step=step, window=window, shown=shown, chosen=chosen)
            if target.get("instant"):
                ask = partial(Server.ask, path="query", query=expr, time=end)
            else:
                ask = partial(Server.ask, path="query_range", query=expr, start=end - shown, end=end, step=step)
            yield panel["title"], target["refId"], ask


def filled_in(expr: str, *, step: float, window: float, shown: float, chosen: Mapping[str, str]) -> str:
    """An expression as Grafana sends it."""
    expr = expr.replace("$__rate_interval", f"{window:.0f}s").replace("$__range", f"{shown:.0f}s")
    expr = expr.replace("$__interval_ms", f"{1000 * step:.0f}").replace("$__interval", f"{step:.0f}s")
    return re.sub(r"\$(\w+)", lambda found: chosen.get(found[1], ".+"), expr)


def _rounded(seconds: float) -> float:
    """An interval as Grafana rounds it (`rangeutil.roundInterval`)."""
    for limit, rounded in ((7.5, 5), (12.5, 10), (17.5, 15), (25, 20), (45, 30), (90, 60), (210, 120), (450, 300)):
        if seconds < limit:
            return float(rounded)
    return 600.0
