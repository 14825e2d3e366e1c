"""Asks a service whether it is well."""

from __future__ import annotations

import http.client
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stackgen.conventions import DISK_ROOM, FAILED_WAL_WRITES
from stackgen.stack.metrics import own_metrics

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Check:
    """How a service is asked, on its port on 127.0.0.1.

    `http` gets `path` and wants a 2xx; `redis` and `memcached` speak the protocol; `tcp` only connects.
    """

    kind: Literal["http", "redis", "memcached", "tcp"]
    port: int
    path: str = "/"

    def passes(self, seconds: float = 2.0) -> bool:
        """Whether the service answers as it should, within `seconds`."""
        try:
            if self.kind == "http":
                return _http(self.port, self.path, seconds)
            with socket.create_connection((_LOOPBACK, self.port), timeout=seconds) as connection:
                match self.kind:
                    case "redis":
                        # A server with a password that is not ours answers too, in its own way.
                        return _says(connection, b"PING\r\n").startswith((b"+PONG", b"-NOAUTH"))
                    case "memcached":
                        return _says(connection, b"version\r\n").startswith(b"VERSION")
                    case "tcp":
                        return True
        except (OSError, http.client.HTTPException):
            return False


@dataclass(frozen=True, slots=True)
class FullDisk:
    """How a Prometheus is found that goes on although its disk was full, and has to be started anew.

    Its write-ahead log is torn where the disk became full; what comes after is dropped when the log is next read back.
    In containers `compose/prometheus/healthy.sh` does the same.
    """

    port: int
    #: Where it stores what it has.
    folder: str

    def was_full(self, seconds: float = 2.0) -> bool:
        """Whether there was something that it could not write since it was started."""
        return own_metrics(self.port, seconds).get(FAILED_WAL_WRITES, 0.0) > 0

    def has_room(self) -> bool:
        """Whether its log can be mended: a torn file is written anew before the old one goes."""
        folder = Path(self.folder)
        try:
            disk = os.statvfs(folder)
            files = [file.stat().st_size for file in (folder / "wal").iterdir() if file.is_file()]
        except OSError:
            return False
        return disk.f_bavail * disk.f_frsize >= max(files, default=0) + DISK_ROOM


def _http(port: int, path: str, seconds: float) -> bool:
    connection = http.client.HTTPConnection(_LOOPBACK, port, timeout=seconds)
    try:
        connection.request("GET", path)
        return 200 <= connection.getresponse().status < 300
    finally:
        connection.close()


def _says(connection: socket.socket, question: bytes) -> bytes:
    connection.sendall(question)
    return connection.recv(128)
