"""Single flight: of all callers that miss the same key at once, one loads the value and the others wait for it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, Protocol, TypeVar


class Landing(Protocol):
    """What waiting callers wait on: a future of `concurrent.futures`, or of asyncio."""

    def done(self) -> bool:
        """Whether the result is there."""
        ...

    def set_result(self, result: str | None, /) -> None:
        """Give the value to those who wait; None when the load failed."""
        ...


L = TypeVar("L", bound=Landing)


class Flights(Generic[L]):
    """The loads under way, by key; `make` makes the future that their waiting callers can wait on."""

    def __init__(self, make: Callable[[], L]) -> None:
        self._make = make
        self._lock = Lock()
        self._under_way: dict[str, L] = {}

    def board(self, key: str) -> tuple[L, bool]:
        """The load of a key, and whether the caller has just begun it, so must `land` it."""
        with self._lock:
            flight = self._under_way.get(key)
            if flight is not None:
                return flight, False
            flight = self._under_way[key] = self._make()
            return flight, True

    def land(self, key: str) -> None:
        """End a load; those who still wait are told that it failed."""
        with self._lock:
            flight = self._under_way.pop(key)
        if not flight.done():
            flight.set_result(None)
