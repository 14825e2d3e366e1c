"""The Redis commands of each cache operation, as data: what to send is one question, how to send it another.

Each cache keeps an index of its entries, a sorted set by time of expiry. It tells how many there are, which to remove
first when there are too many, and which belong to a group, without a look at keys that are not the cache's own.
"""

from __future__ import annotations

from collections.abc import Iterable

Command = tuple[str | bytes | int | float, ...]

#: Commands that go out together and are answered together.
Plan = tuple[Command, ...]

#: Entries per page when keys are looked for by prefix.
_PAGE = 500

#: A list that nobody ever adds to. Waiting on it holds one connection back, and no other, for a time.
_NEVER = "workload:never"


class Commands:
    """The plans of one cache."""

    def __init__(self, cache: str) -> None:
        self._prefix = f"workload:{cache}:"
        self._index = f"workload:{cache}"

    def look_up(self, key: str) -> Plan:
        """Answered by the stored bytes, or None."""
        return (("GET", self._prefix + key),)

    def store(self, key: str, stored: bytes, *, lifetime: float, now: float) -> Plan:
        """Store for `lifetime` seconds from `now` (since the epoch); the last answer is the number of entries."""
        name = self._prefix + key
        return (
            ("SET", name, stored, "PX", max(1, round(lifetime * 1000))),
            ("ZADD", self._index, now + lifetime, name),
            *self.count(now),
        )

    def count(self, now: float) -> Plan:
        """Forget the entries that have expired; the last answer is the number of those that have not."""
        return (("ZREMRANGEBYSCORE", self._index, "-inf", now), ("ZCARD", self._index))

    def pick_for_eviction(self, count: int) -> Plan:
        """Take the `count` entries that would expire soonest out of the index; answered by pairs of name and score."""
        return (("ZPOPMIN", self._index, count),)

    def delete(self, key: str) -> Plan:
        """Remove one entry."""
        return self.remove([(self._prefix + key).encode()])

    def remove(self, names: Iterable[bytes]) -> Plan:
        """Remove the entries of these names, of which there is at least one."""
        listed = tuple(names)
        return (("UNLINK", *listed), ("ZREM", self._index, *listed))

    def search(self, prefix: str, cursor: int) -> Plan:
        """One page of the entries under a prefix; answered by a cursor (0: the end) and pairs of name and score."""
        return (("ZSCAN", self._index, cursor, "MATCH", f"{self._prefix}{prefix}*", "COUNT", _PAGE),)


def held(plan: Plan, seconds: float) -> Plan:
    """The plan, begun `seconds` later by Redis itself; its first answer is one too many."""
    return (("BLPOP", _NEVER, seconds), *plan)
