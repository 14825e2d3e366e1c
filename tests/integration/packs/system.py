"""What the proof of a pack needs of the system that it is for: somewhere to scrape, ordinary use, and faults."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stackgen.stack.binaries import Located
from tests.integration.pipeline import free_ports, wait_for


def nothing() -> None:
    """Do nothing: a fault that is over by itself, or one that needs no beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something made to go wrong: `begin`, then `use` again and again until the alerts fire, then `end`."""

    name: str
    #: The alerts that must fire while it lasts.
    alerts: tuple[str, ...]
    begin: Callable[[], None] = nothing
    #: What goes on meanwhile; None: the system's ordinary use.
    use: Callable[[], None] | None = None
    end: Callable[[], None] = nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A real system that is up and serves its metrics."""

    #: `host:port` of the endpoint that Prometheus scrapes.
    address: str
    #: One round of ordinary use that moves every metric and raises no alert; it is repeated.
    use: Callable[[], None]
    #: In the order in which they are made; the last may stop the system for good.
    faults: tuple[Fault, ...]
    path: str = "/metrics"
    #: What is merged into the shortened definition: thresholds that no test can reach in seconds.
    overrides: Mapping[str, Any] = field(default_factory=dict)


#: Finds a real program by its name, as the fixture `binary` does.
Finder = Callable[[str], Located]

#: Brings a system up, with a folder of its own to write to, for as long as the body lasts.
Starter = Callable[[Path, Finder], AbstractContextManager[System]]


class Application:
    """A Python application of the tests, in a process of its own; `do` has it do something by name."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.address = f"127.0.0.1:{port}"

    def do(self, name: str) -> str:
        """Ask for one of its paths, `/NAME`, and wait until it is done; also where it answers with an error."""
        try:
            with urllib.request.urlopen(f"http://{self.address}/{name}", timeout=30) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()


@contextmanager
def application(module: str, folder: Path, *arguments: str) -> Iterator[Application]:
    """Run `python -m MODULE PORT ARGUMENTS...`, wait until it answers at `/metrics`, and end it after the body."""
    (port,) = free_ports(1)
    with (folder / "application.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(port), *arguments],
            stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
    running = Application(process, port)

    def answers() -> bool:
        assert process.poll() is None, (folder / "application.log").read_text(encoding="utf-8")
        return bool(running.do("metrics"))

    try:
        wait_for(f"{module} serves its metrics", answers, seconds=60, every=0.1)
        yield running
    finally:
        running.kill()
