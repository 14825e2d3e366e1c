"""A process that does to itself what processes suffer from: `python -m ...python_process PORT`."""

from __future__ import annotations

import gc
import os
import resource
import sys

from prometheus_client import REGISTRY, generate_latest

from tests.integration.packs.applications.serving import serve

_held: list[object] = []


class _Node:
    def __init__(self) -> None:
        self.itself = self


def use() -> None:
    """Make garbage that only the collector can free, and have it collected."""
    for _ in range(100):
        _Node()
    gc.collect(0)


def toil() -> None:
    """Keep a CPU busy for some tenths of a second, and let others have their turn between."""
    for _ in range(10_000_000):
        pass


def grow() -> None:
    """Take 300 MB and keep them."""
    _held.append(bytearray(os.urandom(1024) * 300_000))


def leak() -> None:
    """Leave cycles that the collector cannot free; types of some C extensions have such finalizers."""
    from _testcapi import with_tp_del  # type: ignore[import-not-found]

    node = with_tp_del(type("Node", (_Node,), {"__tp_del__": lambda _: None}))
    for _ in range(10):
        node()
    gc.collect()


def open_files() -> None:
    """Open all but a few of the files that may be open."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    _held.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(180))


if __name__ == "__main__":
    actions = {"use": use, "toil": toil, "grow": grow, "leak": leak, "open": open_files}
    serve(int(sys.argv[1]), lambda: generate_latest(REGISTRY).decode(), actions)
