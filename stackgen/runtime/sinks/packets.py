"""Lines put together to packets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Packet(NamedTuple):
    """What goes out at once, and how many samples are in it."""

    data: bytes
    samples: int


def packed(samples: Iterable[str], most: int) -> Iterator[Packet]:
    """The samples in their order, each whole, in packets of at most so many bytes.

    A sample may be several lines, which stay together. One that is too long by itself is a packet by itself.
    """
    waiting: list[bytes] = []
    size = 0
    for sample in samples:
        data = sample.encode()
        if waiting and size + 1 + len(data) > most:
            yield Packet(b"\n".join(waiting), len(waiting))
            waiting, size = [], 0
        size += len(data) + bool(waiting)
        waiting.append(data)
    if waiting:
        yield Packet(b"\n".join(waiting), len(waiting))
