"""How long the supervisor waits before it starts again what has ended."""

from __future__ import annotations

from stackgen.stack.supervisor import _pause


def test_the_pause_between_retries_doubles_and_never_ends_in_an_overflow() -> None:
    assert [_pause(ends) for ends in (0, 1, 2, 3)] == [0.25, 0.25, 0.5, 1.0]
    assert {_pause(ends) for ends in (20, 2_000, 10**9)} == {60.0}
