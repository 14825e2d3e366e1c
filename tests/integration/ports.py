"""Ports for the servers that tests start.

A port is free when it is looked for, and taken a moment later by whoever is told of it. So that nobody comes between,
they are not those that the kernel gives out by itself (from 32768 on, on Linux), each worker of a parallel run has a
range of its own, and none is given out twice.
"""

from __future__ import annotations

import os
import random
import socket

_FIRST, _LAST = 12_000, 32_000
_WORKERS = 8

_given: set[int] = set()


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of the loopback interface on which nothing listens."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
    width = (_LAST - _FIRST) // _WORKERS
    while True:
        port = _FIRST + worker * width + random.randrange(width)
        if port in _given:
            continue
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port


def free_ports(count: int) -> list[int]:
    """So many of them, all different."""
    return [free_port() for _ in range(count)]
