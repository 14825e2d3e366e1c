"""Packets to one receiver, over UDP or a Unix socket. Nobody waits for the receiver, and nothing raises."""

from __future__ import annotations

import errno
import socket
import time
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from stackgen.runtime.sinks.packets import Packet

#: How long sending all packets of one time may take, in seconds; what is left then is lost.
WITHIN = 1.0

#: A receiver's queue holds about 90 packets on Linux by default. After so many it is given a moment to empty it.
_BURST = 16
_PAUSE = 0.002

#: How long an address that a name stood for is used, in seconds; receivers move.
_ADDRESS_LIFE = 60.0


class Udp(NamedTuple):
    """A receiver by its name or address, and its port."""

    host: str
    port: int

    def open(self) -> socket.socket:
        """A socket whose packets go there; raises OSError. Asks for the name's address, which may take a while."""
        error: OSError = OSError(f"{self.host} has no address")
        addresses = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)
        # Receivers listen on IPv4 unless told otherwise, and over UDP nobody says that it was the wrong one.
        for family, kind, protocol, _, address in sorted(addresses, key=lambda each: each[0] != socket.AF_INET):
            try:
                found = socket.socket(family, kind, protocol)
            except OSError as problem:  # a family that this machine has not
                error = problem
                continue
            try:
                found.connect(address)
            except OSError as problem:
                found.close()
                error = problem
            else:
                return found
        raise error


class Unix(NamedTuple):
    """A receiver by the path of its datagram socket."""

    path: str

    def open(self) -> socket.socket:
        """A socket whose packets go there; raises OSError."""
        found = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            found.connect(self.path)
        except OSError:
            found.close()
            raise
        return found


class Datagrams:
    """Sends packets to a receiver, which may come and go. Not for two threads at once."""

    def __init__(self, receiver: Udp | Unix) -> None:
        self._receiver = receiver
        self._socket: socket.socket | None = None
        self._opened = 0.0
        #: Samples in the packet that went out last: by UDP one learns only with the next that nobody took it.
        self._unsure = 0

    def send(self, packets: Iterable[Packet]) -> Counter[str]:
        """Send the packets; how many of their samples were lost as far as this end knows, by why."""
        lost: Counter[str] = Counter()
        deadline = time.monotonic() + WITHIN
        waiting = iter(packets)
        for number, packet in enumerate(waiting, 1):
            problem = self._send(packet, deadline, lost)
            if problem:
                lost[problem] += packet.samples
            if problem in {"unreachable", "full"}:
                # To try each of the others would take as long again.
                lost[problem] += sum(each.samples for each in waiting)
            elif number % _BURST == 0:
                time.sleep(_PAUSE)
        return lost

    def _send(self, packet: Packet, deadline: float, lost: Counter[str]) -> str:
        """Send one packet; why it is lost, if it is."""
        for _ in range(2):
            try:
                open_socket = self._open()
                left = deadline - time.monotonic()
                if left <= 0:
                    return "full"
                open_socket.settimeout(left)
                open_socket.send(packet.data)
            except ConnectionRefusedError:
                if isinstance(self._receiver, Udp):
                    # It was the packet before that nobody took; this one has not been sent yet.
                    lost["refused"] += self._unsure
                    self._unsure = 0
                else:
                    # Whoever listened has gone; there may be somebody new at the same path.
                    self.close()
            except OSError as error:
                return self._problem(error)
            else:
                self._unsure = packet.samples if isinstance(self._receiver, Udp) else 0
                return ""
        return "refused"

    def _problem(self, error: OSError) -> str:
        if error.errno == errno.EMSGSIZE:
            return "too_long"
        if isinstance(error, (TimeoutError, BlockingIOError)) or error.errno == errno.ENOBUFS:
            return "full"
        self.close()
        return "unreachable"

    def _open(self) -> socket.socket:
        now = time.monotonic()
        if self._socket is not None and isinstance(self._receiver, Udp) and now - self._opened > _ADDRESS_LIFE:
            self.close()
        if self._socket is None:
            self._socket = self._receiver.open()
            self._opened = now
        return self._socket

    def close(self) -> None:
        """Let go of the socket; the next packet opens one again."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._unsure = 0
