"""A process with a generated exporter, to which happens what it counts of itself: `python -m ... PORT DIRECTORY`."""

from __future__ import annotations

import itertools
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from prometheus_client import REGISTRY, generate_latest

from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime.sinks import Feed, StatsD
from tests.integration.packs.applications.serving import serve


class Exporting:
    """The exporter, its sink and the directory that it shares with a worker who is gone."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = itertools.count()
        # A worker comes and goes before anything here has threads.
        if os.fork() == 0:
            self._metrics("redis").record_hit(0.001)
            os._exit(0)
        os.wait()
        self._own = self._metrics("redis")
        self._own.set_fragmentation_function(_unknown)
        self._receiver = _receiver()
        host, self._port = self._receiver.getsockname()
        self._feed = Feed(self._own, StatsD(host, self._port))
        # What goes wrong is counted from the first time on.
        self.leave_file()
        self.lose()
        self._receiver = _receiver(self._port)

    def _metrics(self, backend: str) -> CacheMetrics:
        made: Callable[..., CacheMetrics] = CacheMetrics
        return made("sessions", backend, shared=self._directory)

    def use(self) -> None:
        """Look something up, and send what was counted to somebody who listens."""
        self._own.record_hit(0.001)
        self._feed.flush()

    def misname(self) -> None:
        """Name a backend that is not of the label's closed set."""
        self._metrics("mainframe").record_hit(0.001)

    def lose(self) -> None:
        """Send what was counted to nobody: by UDP one learns it with the packet after."""
        self._receiver.close()
        for _ in range(2):
            self._own.record_hit(0.001)
            self._feed.flush()

    def leave_file(self) -> None:
        """Leave something in the directory that is no file of a worker, though it is called like one."""
        (self._directory / f"cache.left{next(self._numbers)}.cells").write_bytes(b"SQLite format 3")


def _receiver(port: int = 0) -> socket.socket:
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", port))
    return receiver


def _unknown() -> float:
    message = "not known now"
    raise RuntimeError(message)


if __name__ == "__main__":
    exporting = Exporting(Path(sys.argv[2]))
    actions = {
        "use": exporting.use, "misname": exporting.misname, "lose": exporting.lose, "leave_file": exporting.leave_file,
    }  # fmt: skip
    serve(int(sys.argv[1]), lambda: generate_latest(REGISTRY).decode(), actions)
