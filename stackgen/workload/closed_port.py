"""A port at which connections are refused, for sure and for as long as it is held."""

from __future__ import annotations

import socket


class ClosedPort:
    """Bound, so that nobody else can listen there, and not listening, so that the kernel refuses who knocks."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.host, self.port = self._socket.getsockname()

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
