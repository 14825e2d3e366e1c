"""Asks a service whether it is well."""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass
from typing import Literal

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
