"""Real sockets that take what sinks send."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Receiver:
    """A datagram socket, and what came in."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        listening.settimeout(60)

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def packet(self) -> str:
        """The next packet; raises TimeoutError when none comes."""
        return self._listening.recv(65536).decode()

    def packets(self) -> list[str]:
        """All packets that are there, at least one."""
        found = [self.packet()]
        self._listening.setblocking(False)
        try:
            while True:
                found.append(self._listening.recv(65536).decode())
        except BlockingIOError:
            return found
        finally:
            self._listening.settimeout(60)

    def lines(self) -> list[str]:
        """The lines of all packets that are there, at least one packet."""
        return [line for packet in self.packets() for line in packet.split("\n")]


@contextmanager
def udp(port: int = 0) -> Iterator[Receiver]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        listening.bind(("127.0.0.1", port))
        yield Receiver(listening)


@contextmanager
def unix(path: Path) -> Iterator[Receiver]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(path))
        yield Receiver(listening)
    path.unlink()
