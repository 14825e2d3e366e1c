"""The slow source behind the caches: a database, say, that takes its time and fails now and then."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from random import Random

#: Most loads take about this many seconds.
_TYPICAL = 0.012

#: One load in fifty takes this many seconds, longer than callers wait for each other.
_SLOW = 0.4
_SLOW_SHARE = 0.02

_FAILING_SHARE = 0.003

#: One key in this many has a value that is larger than a cache takes.
_OVERSIZED_ONE_IN = 150
_OVERSIZED_BYTES = 24 * 1024


class SourceError(Exception):
    """The source could not give the value."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the source will say, and after how many seconds; `value` is None when it fails."""

    delay: float
    value: str | None


class Source:
    """Every key has a value, the same each time. To wait for it is the caller's part, be that a thread or a task."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def ask(self, key: str, size_factor: int) -> Answer:
        """Ask for one value."""
        chosen = self._random.random()
        delay = _SLOW if chosen < _SLOW_SHARE else self._random.lognormvariate(0.0, 0.4) * _TYPICAL
        failing = chosen > 1.0 - _FAILING_SHARE
        return Answer(delay, None if failing else value_of(key, size_factor))


def value_of(key: str, size_factor: int = 1) -> str:
    """The value of a key: 200 to 2,000 characters, times `size_factor`, but for a few that are far larger."""
    number = zlib.crc32(key.encode())
    size = _OVERSIZED_BYTES if number % _OVERSIZED_ONE_IN == 0 else (200 + number % 1800) * size_factor
    return (key + " ") * (size // (len(key) + 1) + 1)
