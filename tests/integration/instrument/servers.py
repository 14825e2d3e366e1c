"""Servers of a test's own: started on a free port of 127.0.0.1, stopped, hung and brought back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from stackgen.stack.binaries import Located
from tests.integration.ports import free_port
from tests.waiting import wait_until


class Server:
    """A program that listens on one port for as long as the test lasts; it can be stopped and started again."""

    def __init__(self, program: Located, words: list[str], port: int) -> None:
        self._command = [str(program.path), *words]
        self._environment = {**os.environ, **program.environment}
        self._directory = program.directory
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            cwd=self._directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._listens, f"{Path(self._command[0]).name} listens on {self.port}")

    def _listens(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            pytest.fail(f"{' '.join(self._command)} ended with {self._process.returncode}")
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
        """Connections are taken, and nothing is answered: what dropped packets look like."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


def redis_server(program: Located, folder: Path, *options: str) -> Server:
    """A Redis that keeps nothing on disk; not started."""
    port = free_port()
    fixed = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    return Server(program, [*fixed, *options], port)


def memcached_server(program: Located) -> Server:
    """A memcached; not started."""
    port = free_port()
    # Root may not run it without saying as whom.
    words = ["-l", "127.0.0.1", "-p", str(port), "-U", "0", "-m", "16", "-u", "root" if os.geteuid() == 0 else "nobody"]
    return Server(program, words, port)


@contextmanager
def running(*servers: Server) -> Iterator[None]:
    """All of them, started, and stopped in the end."""
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
            server.start()
        yield


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and says nothing, as behind a firewall that drops what comes back."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield int(listener.getsockname()[1])


@contextmanager
def dropping_port() -> Iterator[int]:
    """A port at which nothing is refused and nothing gets through: its queue is full, and the kernel drops the rest."""
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(16):
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(address)
        yield int(address[1])
