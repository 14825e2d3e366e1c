"""A memcached with its exporter: the real one where it is on PATH, else a stand-in for it that asks the same server."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheError

from stackgen.stack.binaries import Located
from tests.integration.instrument.servers import Server
from tests.integration.packs.system import Fault, Finder, System, application
from tests.integration.ports import free_port

#: What its memory holds is less than ten thousand items of 10 kB, and few may connect.
_MEMORY, _CONNECTIONS = "64", "200"
_OVERRIDES = {"alerts": {"MemcachedEvicting": {"when": {"signal": "evictions", "above": 0.1}}}}


@contextmanager
def system(folder: Path, binary: Finder) -> Iterator[System]:
    """memcached as this machine's release has it."""
    with ExitStack() as stack:
        callers = _Callers(binary("memcached"))
        stack.callback(callers.stop)
        address, end = stack.enter_context(_exporter(folder, callers.port))
        yield System(
            address=address,
            use=callers.use,
            overrides=_OVERRIDES,
            faults=(
                *callers.faults(),
                Fault(name="it ends", alerts=("MemcachedDown",), begin=callers.stop, use=_wait),
                Fault(
                    name="its exporter ends", alerts=("MemcachedExporterDown", "MemcachedMetricsMissing"),
                    begin=end, use=_wait,
                ),
            ),
        )  # fmt: skip


def _server(program: Located, port: int, *options: str) -> Server:
    user = "root" if os.geteuid() == 0 else "nobody"  # root may not run it without saying as whom
    return Server(program, ["-l", "127.0.0.1", "-p", str(port), "-U", "0", "-t", "1", "-u", user, *options], port)


@contextmanager
def _exporter(folder: Path, port: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Its address, and how to end it."""
    real = shutil.which("memcached_exporter")
    if real is None:
        module = "tests.integration.packs.applications.memcached_exporter"
        with application(module, folder, str(port)) as running:
            yield running.address, running.kill
        return
    own = free_port()
    words = [real, f"--memcached.address=127.0.0.1:{port}", f"--web.listen-address=127.0.0.1:{own}"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"127.0.0.1:{own}", process.kill
    finally:
        process.kill()
        process.wait()


class _Callers:
    """Those who use the server, well and badly."""

    def __init__(self, program: Located) -> None:
        self._program = program
        self._numbers = itertools.count()
        self._held: list[socket.socket] = []
        self.port = free_port()
        self._start("-m", _MEMORY)

    def _start(self, *options: str) -> None:
        self._server = _server(self._program, self.port, "-c", _CONNECTIONS, *options)
        self._server.start()
        self._client: Any = Client(("127.0.0.1", self.port), default_noreply=False)

    def stop(self) -> None:
        """End the server."""
        self._client.close()
        self._server.stop()

    def use(self) -> None:
        """Mostly hits, and one of each thing that is counted."""
        for number in range(20):
            self._client.set(f"page:{number}", b"x" * 100, expire=60)
            self._client.get(f"page:{number}")
            self._client.get(f"page:{number}")
        self._client.get("none")
        self._client.delete("page:0")
        self._client.delete("none")

    def faults(self) -> Iterator[Fault]:
        """What its callers do to it."""
        yield Fault(name="nothing is found", alerts=("MemcachedHitRatioLow",), use=self._miss)
        yield Fault(name="memory is full", alerts=("MemcachedEvicting",), use=self._fill)
        yield Fault(name="large items", alerts=("MemcachedItemsTooLarge",), use=self._enlarge)
        yield Fault(
            name="many callers", alerts=("MemcachedConnectionsNearLimit",),
            begin=lambda: self._connect(170), end=self._leave,
        )  # fmt: skip
        yield Fault(name="more callers than may be", alerts=("MemcachedConnectionsRefused",), use=self._crowd)
        yield Fault(name="it may not evict", alerts=("MemcachedOutOfMemory",), begin=self._forbid, use=self._fill)

    def _miss(self) -> None:
        for _ in range(50):
            self._client.get(f"none:{next(self._numbers)}")

    def _fill(self) -> None:
        for _ in range(300):
            with suppress(MemcacheError):  # out of memory is what is wanted of some
                self._client.set(f"stored:{next(self._numbers)}", b"x" * 10_000)

    def _enlarge(self) -> None:
        with suppress(MemcacheError):  # what is too large is turned down
            self._client.set("large", b"x" * 2_000_000)
        self._client.close()  # what memcached did not read is still under way

    def _connect(self, count: int) -> None:
        self._held = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(count)]

    def _leave(self) -> None:
        for connection in self._held:
            connection.close()
        self._held = []

    def _crowd(self) -> None:
        """More than may be connected come, and go again, so that the exporter gets its turn."""
        self._connect(220)
        self._leave()

    def _forbid(self) -> None:
        """Start it again, on the same port, without leave to evict."""
        self.stop()
        self._start("-m", "8", "-M")


def _wait() -> None:
    """Nobody can use it any more."""
