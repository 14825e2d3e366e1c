"""What the commands of Redis mean for a cache: which operation each is, on how many entries, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from stackgen.exporters.cache import Operation

Arguments = tuple[Any, ...]


class Command(NamedTuple):
    """A command: its operation, and how many entries it is on, from its arguments (its name is the first of them)."""

    operation: Operation
    entries: Callable[[Arguments], int]
    #: For lookups: whether the answer holds one value, one for each key, or a whole hash.
    found: Callable[[Any], tuple[int, int]] | None = None


def _one(_: Arguments) -> int:
    return 1


def _after(position: int, each: int = 1) -> Callable[[Arguments], int]:
    """As many as arguments follow, `each` to an entry."""
    return lambda arguments: max(1, (len(arguments) - position) // each)


def _told(arguments: Arguments) -> int:
    """As many as the first argument says; options follow after them."""
    try:
        return max(1, int(arguments[1]))
    except (IndexError, TypeError, ValueError):  # the server will refuse it
        return 1


def _value(answer: Any) -> tuple[int, int]:
    return (1, 0) if answer is not None else (0, 1)


def _values(answer: Any) -> tuple[int, int]:
    # An application may have put a callback of its own in the answer's way; what is no list any more is one value.
    if not isinstance(answer, (list, tuple)):
        return _value(answer)
    missing = sum(value is None for value in answer)
    return len(answer) - missing, missing


def _hash(answer: Any) -> tuple[int, int]:
    return (1, 0) if answer else (0, 1)


_LOOKUP = Command("get", _one, _value)
_FIELDS_LOOKUP = Command("get", _one, _values)
_STORE = Command("set", _one)
_OTHER: Final = Command("other", _one)

COMMANDS: Final[Mapping[str, Command]] = {
    **dict.fromkeys(("GET", "GETEX", "GETDEL", "HGET"), _LOOKUP),
    "MGET": Command("get", _after(1), _values),
    "HMGET": Command("get", _after(2), _values),
    **dict.fromkeys(("HGETEX", "HGETDEL"), _FIELDS_LOOKUP),
    "HGETALL": Command("get", _one, _hash),
    # GETSET asks for the old value too, but is there to store the new one.
    **dict.fromkeys(("SET", "SETEX", "PSETEX", "SETNX", "GETSET", "APPEND", "SETRANGE", "HSETNX", "HSETEX"), _STORE),
    **dict.fromkeys(("INCR", "INCRBY", "INCRBYFLOAT", "INCREX", "DECR", "DECRBY"), _STORE),
    **dict.fromkeys(("HINCRBY", "HINCRBYFLOAT"), _STORE),
    **dict.fromkeys(("MSET", "MSETNX"), Command("set", _after(1, each=2))),
    "MSETEX": Command("set", _told),
    **dict.fromkeys(("HSET", "HMSET"), Command("set", _after(2, each=2))),
    **dict.fromkeys(("DEL", "UNLINK"), Command("delete", _after(1))),
    "HDEL": Command("delete", _after(2)),
    "DELEX": Command("delete", _one),
    **dict.fromkeys(("FLUSHDB", "FLUSHALL"), Command("invalidate", _one)),
}

#: Commands that wait for something to happen: how long says nothing about the server.
WAITING: Final = frozenset(
    {"BLPOP", "BRPOP", "BRPOPLPUSH", "BLMOVE", "BLMOVEM", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP"}
    | {"XREAD", "XREADGROUP", "WAIT", "WAITAOF", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR"}
)


def name_of(arguments: Arguments) -> str:
    """The name of a command, in capitals, however the caller wrote it; empty where there is none."""
    if not arguments:
        return ""
    name = arguments[0]
    if isinstance(name, (bytes, bytearray, memoryview)):
        name = bytes(name).decode("ascii", "replace")
    return str(name).upper()


def command_of(arguments: Arguments) -> Command:
    """What a command means; `other` for those that no cache has: scripts, modules, lists, times to live."""
    return COMMANDS.get(name_of(arguments), _OTHER)
