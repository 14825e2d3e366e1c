"""What the proof of a pack needs of the system that it is for: somewhere to scrape, ordinary use, and faults."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from stackgen.stack.binaries import Located
from tests.integration.ports import free_ports
from tests.waiting import wait_for


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
    #: Labels that not every series has.
    optional: tuple[str, ...] = ()
    #: Labels that later releases have.
    later: tuple[str, ...] = ()
    #: Histograms, by their exposed names, of which a bucket that nothing fell into is not exposed.
    sparse: tuple[str, ...] = ()
    #: What is merged into the shortened definition: thresholds that no test can reach in seconds.
    overrides: Mapping[str, Any] = field(default_factory=dict)


#: Finds a real program by its name, as the fixture `binary` does.
Finder = Callable[[str], Located]

#: Brings a system up, with a folder of its own to write to, for as long as the body lasts.
Starter = Callable[[Path, Finder], AbstractContextManager[System]]


class Application:
    """A Python application of the tests, in a process of its own; `do` has it do something by name."""

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        self._command = command
        self._log = log
        self.address = f"127.0.0.1:{port}"
        self._start()

    def _start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )  # fmt: skip

        def answers() -> bool:
            assert self._process.poll() is None, self._log.read_text(encoding="utf-8")
            self.do("metrics")
            return True

        try:
            wait_for(f"{self._command[2]} serves its metrics", answers, seconds=60, every=0.1)
        except BaseException:
            self.kill()
            raise

    def restart(self) -> None:
        """End it at once and start it again, under the same address."""
        self.kill()
        self._start()

    def do(self, name: str) -> None:
        """Ask for one of its paths, `/NAME`, and wait until it is done; also where it answers with an error."""
        with closing(HTTPConnection(self.address, timeout=30)) as connection:
            connection.request("GET", f"/{name}")
            connection.getresponse().read()

    def fault(self, action: str, *alerts: str) -> Fault:
        """One of its paths, asked for again and again."""
        return Fault(name=action, alerts=alerts, use=partial(self.do, action))

    def killed(self, *alerts: str) -> Fault:
        """It is ended, for good, and nobody uses it any more."""
        return Fault(name="killed", alerts=alerts, begin=self.kill, use=nothing)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()


@contextmanager
def application(module: str, folder: Path, *arguments: str) -> Iterator[Application]:
    """Run `python -m MODULE PORT ARGUMENTS...`, wait until it answers at `/metrics`, and end it after the body."""
    (port,) = free_ports(1)
    running = Application([sys.executable, "-m", module, str(port), *arguments], port, folder / "application.log")
    try:
        yield running
    finally:
        running.kill()
