"""What both caches decide alike, whether their callers are threads or tasks: pure answers, no waiting."""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import Random
from typing import Any

from stackgen.workload.commands import Commands, Plan
from stackgen.workload.entry import Entry, decode, encode, encode_unreadable, may_be_served_stale
from stackgen.workload.requests import Request
from stackgen.workload.settings import CacheSettings

#: Lifetimes differ by up to this share, so that entries stored together do not expire together.
_JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Found:
    """What a lookup found: `result` is hit, stale or miss, and `value` None for a miss."""

    result: str
    value: str | None


class Decisions:
    """The rules of one cache: what an answer means, what is stored and for how long, what has to go."""

    def __init__(self, cache: CacheSettings, random: Random) -> None:
        self.cache = cache
        self.commands = Commands(cache.name)
        self._random = random

    @staticmethod
    def found(stored: bytes | None) -> Found:
        """What the answer to a lookup means.

        Raises EntryError when it is an entry that cannot be read.
        """
        if stored is None:
            return Found("miss", None)
        entry = decode(stored)
        return Found("hit" if time.time() < entry.fresh_until else "stale", entry.value)

    def storing(self, request: Request, value: str) -> Plan | None:
        """The plan that stores a value; None when it is too large for that."""
        now = time.time()
        ttl = self.cache.ttl * request.ttl_factor * self._random.uniform(1.0 - _JITTER, 1.0 + _JITTER)
        entry = Entry(value=value, fresh_until=now + ttl)
        stored = encode(entry) if request.readable else encode_unreadable(entry)
        if len(stored) > self.cache.value_limit:
            return None
        grace = self.cache.grace * request.ttl_factor if may_be_served_stale(request.key) else 0.0
        return self.commands.store(request.key, stored, lifetime=ttl + grace, now=now)

    def too_many(self, answers: list[Any]) -> int:
        """How many entries have to go, by the answers to a plan of `storing`."""
        return max(0, int(answers[-1]) - self.cache.entry_limit)

    @staticmethod
    def names(scored: list[tuple[bytes, float]]) -> list[bytes]:
        """The names of the entries in an answer of names and scores."""
        return [name for name, _ in scored]
