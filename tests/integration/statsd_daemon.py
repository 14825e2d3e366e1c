"""The StatsD daemon itself, from npm, and its management port, which says what it has counted."""

from __future__ import annotations

import fcntl
import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from stackgen.stack.packages import cache_folder
from tests.conftest import require
from tests.integration.ports import free_port
from tests.waiting import wait_until

VERSION = "0.9.0"


@cache
def statsd_folder() -> Path:
    """Where the daemon is, installed into the user's cache once for all runs."""
    require(shutil.which("node") and shutil.which("npm"), "node or npm is missing; apt-get install nodejs npm")
    folder = cache_folder() / "packages" / f"npm-statsd-{VERSION}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".npm-statsd.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as scratch:
                words = ["npm", "install", "--prefix", scratch, "--omit=optional", "--ignore-scripts", "--no-audit"]
                command = [*words, "--no-fund", f"statsd@{VERSION}"]
                done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
                problem = done.stderr.strip().splitlines()[-1:] if done.returncode else []
                require(not problem, f"npm does not install statsd: {problem}; it needs npm's registry, once")
                shutil.copytree(scratch, folder, symlinks=True)
    return folder / "node_modules" / "statsd"


#: Gives each line, a string in JSON of what JavaScript prints of an object, back as JSON.
TRANSLATE = """
require('readline').createInterface({input: process.stdin})
  .on('line', line => console.log(JSON.stringify(eval('(' + JSON.parse(line) + ')'))));
"""


class Daemon:
    """A running daemon."""

    def __init__(self, port: int, management: int, translator: subprocess.Popen[str]) -> None:
        self.port = port
        self._management = management
        self._translator = translator

    def ask(self, what: str) -> str:
        """The answer to a command of the management port (`counters`, `timers`, `gauges`, `stats`)."""
        with socket.create_connection(("127.0.0.1", self._management), timeout=10) as asking:
            asking.sendall(f"{what}\n".encode())
            answer = b""
            while not answer.endswith(b"END\n\n"):
                piece = asking.recv(65536)
                assert piece, answer
                answer += piece
        return answer.decode().removesuffix("END\n\n")

    def answers(self) -> bool:
        try:
            return bool(self.ask("stats"))
        except OSError:
            return False

    def counters(self) -> dict[str, float]:
        return {name: value for name, value in self._values("counters").items() if not name.startswith("statsd.")}

    def gauges(self) -> dict[str, float]:
        return {name: value for name, value in self._values("gauges").items() if not name.startswith("statsd.")}

    def timers(self) -> dict[str, list[float]]:
        return self._values("timers")

    def bad_lines(self) -> float:
        return float(self._values("counters")["statsd.bad_lines_seen"])

    def _values(self, what: str) -> dict[str, Any]:
        # It answers as JavaScript writes objects.
        assert self._translator.stdin is not None
        assert self._translator.stdout is not None
        self._translator.stdin.write(json.dumps(self.ask(what)) + "\n")
        self._translator.stdin.flush()
        found: dict[str, Any] = json.loads(self._translator.stdout.readline())
        return found


@contextmanager
def statsd(folder: Path, *, flush_interval: float = 3600, backend: str = "") -> Iterator[Daemon]:
    """A daemon on free ports; `backend` is a module that it hands what it has worked out to on each interval."""
    port, management = free_port(socket.SOCK_DGRAM), free_port()
    settings = {
        "port": port,
        "address": "127.0.0.1",
        "mgmt_port": management,
        "mgmt_address": "127.0.0.1",
        "flushInterval": int(flush_interval * 1000),
        "backends": [backend] if backend else [],
        "percentThreshold": [50, 90, 99],
    }
    config = folder / "statsd.js"
    config.write_text(json.dumps(settings))
    log = folder / "statsd.log"
    with log.open("wb") as out:
        command = ["node", str(statsd_folder() / "stats.js"), str(config)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    pipe = subprocess.PIPE
    try:
        with subprocess.Popen(["node", "-e", TRANSLATE], stdin=pipe, stdout=pipe, text=True) as translator:
            daemon = Daemon(port, management, translator)
            wait_until(daemon.answers, f"statsd answers; it says {log.read_text()!r}")
            yield daemon
    finally:
        process.kill()
        process.wait()
