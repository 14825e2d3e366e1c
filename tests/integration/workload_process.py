"""A real Redis that can be stopped, hung and brought back, and the workload as a process beside it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from prometheus_client.parser import text_string_to_metric_families

from stackgen.stack.binaries import Located
from stackgen.workload.counts import added_buckets
from tests.integration.ports import free_port
from tests.waiting import wait_until

Labels = frozenset[tuple[str, str]]


class RedisServer:
    """A redis-server of the test's own, on one port for as long as the test lasts."""

    def __init__(self, program: Located, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": self._folder}
        self._process = subprocess.Popen(
            [str(self._program.path), *(word for key, value in options.items() for word in (f"--{key}", str(value)))],
            env={**os.environ, **self._program.environment},
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._listens, "redis-server listens")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Connections are taken, and nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


@dataclass(frozen=True)
class Scrape:
    """What `/metrics` said, by sample name and labels."""

    samples: Mapping[str, Mapping[Labels, float]]

    def total(self, name: str, **labels: str) -> float:
        """The sum of a sample over the series that have these labels."""
        wanted = set(labels.items())
        return sum(value for key, value in self.samples.get(name, {}).items() if wanted <= key)

    def buckets(self, name: str, **labels: str) -> dict[float, float]:
        """How many observations were at or below each bound, over the series that have these labels."""
        bounds: dict[float, float] = {}
        for key, value in self.samples[f"{name}_bucket"].items():
            if set(labels.items()) <= key:
                bound = float(dict(key)["le"])
                bounds[bound] = bounds.get(bound, 0.0) + value
        return dict(sorted(bounds.items()))


def parse(exposition: str) -> Scrape:
    samples: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            samples.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return Scrape(samples)


@dataclass(frozen=True)
class Reading:
    """What `/counts` said of one cache."""

    time: float
    bounds: list[float]
    counts: Mapping[str, Any]

    def operations(self, operation: str | None = None, result: str | None = None) -> int:
        return sum(reading["count"] for reading in self._durations(operation, result))

    def buckets(self, operation: str | None = None, result: str | None = None) -> list[int]:
        return added_buckets(self._durations(operation, result)) or [0] * (len(self.bounds) + 1)

    def _durations(self, operation: str | None, result: str | None) -> list[Mapping[str, Any]]:
        return [
            durations
            for name, results in self.counts["operations"].items()
            for ended, durations in results.items()
            if operation in (None, name) and result in (None, ended)
        ]

    def errors(self, kind: str | None = None) -> int:
        return sum(
            count for kinds in self.counts["errors"].values() for name, count in kinds.items() if kind in (None, name)
        )

    def event(self, name: str) -> int:
        return int(self.counts["events"].get(name, 0))

    @property
    def found(self) -> int:
        return int(self.counts["lookups"]["hit"] + self.counts["lookups"]["stale"])

    @property
    def answered(self) -> int:
        return self.found + int(self.counts["lookups"]["miss"])


CACHES = ("sessions", "products")

#: Requests a second that give a test its numbers in seconds.
FAST = ("--rate", "300")

DURATION = "cache_operation_duration_seconds"

#: How long the workload may take to end, in seconds: Docker kills what has not after ten.
LONGEST_END = 8.0

#: The errors that a machine that is busy with other things may bring about, as a share: Redis answers within a second
#: even there, all but always.
FEW = 0.03


@dataclass(frozen=True)
class Workload:
    """The workload, over HTTP."""

    url: str
    process: subprocess.Popen[str]

    def ask(self, path: str, *, method: str = "GET", accept: str = "*/*") -> tuple[int, str, str]:
        """Status, content type and body."""
        request = Request(self.url + path, method=method, headers={"Accept": accept})
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.headers["Content-Type"], error.read().decode()

    def json(self, path: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.ask(path)[2])
        return content

    def healthy(self) -> bool:
        return self.ask("/health")[0] == 200

    def switch(self, scenario: str) -> None:
        status, _, body = self.ask(f"/scenario/{scenario}", method="POST")
        assert status == 200, body

    def scrape(self) -> Scrape:
        return parse(self.ask("/metrics")[2])

    def read(self) -> dict[str, Reading]:
        counts = self.json("/counts")
        return {name: Reading(counts["time"], counts["bounds"], reading) for name, reading in counts["caches"].items()}

    def wait_for_operations(self, count: int) -> None:
        """Let each cache do this many more operations."""
        before = self.read()
        wait_until(
            lambda: all(now.operations() >= before[name].operations() + count for name, now in self.read().items()),
            f"{count} operations of each cache",
        )

    def stop(self) -> int:
        """Ask it to end; its exit code, within the time that it has."""
        self.process.terminate()
        return self.process.wait(timeout=LONGEST_END)


@contextmanager
def running(redis_url: str, *flags: str) -> Iterator[Workload]:
    """The workload as a process on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "stackgen.workload", "--redis", redis_url, "--port", "0", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None, process.stderr.read()
        yield Workload(found[0], process)
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=60)
        complaints = process.stderr.read()
        assert not complaints, complaints
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def difference(workload: Workload, cache: str, operations: int) -> tuple[Reading, Reading]:
    """Readings of a cache before and after so many operations."""
    before = workload.read()[cache]
    workload.wait_for_operations(operations)
    return before, workload.read()[cache]


def error_ratio(before: Reading, after: Reading) -> float:
    """The share of operations between two readings that were errors."""
    return (after.errors() - before.errors()) / (after.operations() - before.operations())
