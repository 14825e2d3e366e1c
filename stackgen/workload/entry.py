"""What is stored under a key: the value, and until when it is fresh."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass


class EntryError(ValueError):
    """What is stored cannot be read: it was written by other code, or is damaged."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and the time, in seconds since the epoch, from which it is stale."""

    value: str
    fresh_until: float


def encode(entry: Entry) -> bytes:
    """The bytes to store."""
    return json.dumps([entry.fresh_until, entry.value]).encode()


def encode_unreadable(entry: Entry) -> bytes:
    """The bytes that an older version of this program would have stored; `decode` cannot read them."""
    return f"v0|{entry.fresh_until}|{entry.value}".encode()


def decode(stored: bytes) -> Entry:
    """The entry that was stored.

    Raises EntryError when the bytes are not what `encode` gives.
    """
    try:
        content = json.loads(stored)
    except ValueError as error:
        raise EntryError(f"not an entry: {error}") from error
    match content:
        case [float(fresh_until), str(value)]:
            return Entry(value=value, fresh_until=fresh_until)
        case _:
            raise EntryError("not an entry: it is JSON of another form")


def may_be_served_stale(key: str) -> bool:
    """Whether the key is one of the quarter that is served past its time while it is loaded anew."""
    return zlib.crc32(key.encode()) % 4 == 0
