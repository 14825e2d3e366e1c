"""The circuit breaker in front of Redis: after many failures in a row, callers no longer wait for it to fail again."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import IntEnum
from threading import Lock


class CircuitState(IntEnum):
    """The values of the gauge `circuit_breaker_state`."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class CircuitOpenError(Exception):
    """The operation was refused: the breaker is open, or half open and trying another one."""


class CircuitBreaker:
    """Opens after `failures` in a row; then tries one operation every `retry_after` seconds.

    It is half open from the first one that succeeds, when one operation at a time is let through, and closed after
    `successes` in a row. A failure opens it again. Unlike in the textbook, an open breaker that lets one operation
    through to see is still called open until that has succeeded: a server that hangs for a second at each try would
    else look half open a good part of the time, and an alert on "open" would not stay.
    """

    def __init__(
        self,
        *,
        failures: int = 10,
        successes: int = 5,
        retry_after: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures_to_open = failures
        self._successes_to_close = successes
        self._retry_after = retry_after
        self._clock = clock
        self._lock = Lock()
        self._state = CircuitState.CLOSED
        self._in_a_row = 0
        self._next_try = 0.0

    @property
    def state(self) -> CircuitState:
        """What it does with operations now."""
        return self._state

    def admit(self) -> None:
        """Ask leave for one operation, of which `succeeded` or `failed` will tell.

        Raises CircuitOpenError when it may not go on.
        """
        with self._lock:
            if self._state is CircuitState.CLOSED:
                return
            now = self._clock()
            if now < self._next_try:
                raise CircuitOpenError("the circuit breaker is open")
            # No other one until this one has told, or so long that it never will.
            self._next_try = now + self._retry_after

    def succeeded(self) -> None:
        """Redis has answered, whatever it said."""
        with self._lock:
            if self._state is CircuitState.CLOSED:
                self._in_a_row = 0
                return
            if self._state is CircuitState.OPEN:
                self._state = CircuitState.HALF_OPEN
                self._in_a_row = 0
            self._in_a_row += 1
            self._next_try = self._clock()
            if self._in_a_row >= self._successes_to_close:
                self._state = CircuitState.CLOSED
                self._in_a_row = 0

    def failed(self) -> None:
        """Redis could not be reached, or not in time."""
        with self._lock:
            self._in_a_row = self._in_a_row + 1 if self._state is CircuitState.CLOSED else 0
            if self._state is CircuitState.CLOSED and self._in_a_row < self._failures_to_open:
                return
            self._state = CircuitState.OPEN
            self._in_a_row = 0
            self._next_try = self._clock() + self._retry_after
