"""Waiting for a condition, with a bound, in place of sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import HTTPException
from typing import TypeVar

import pytest

Result = TypeVar("Result")


def wait_until(
    condition: Callable[[], object], what: str = "what is waited for", *, within: float = 90.0, every: float = 0.02
) -> None:
    """Wait until the condition holds; fail, saying what did not come about, after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {within:g} s: {what}")
        time.sleep(every)  # between two looks at the condition


def wait_for(what: str, ask: Callable[[], Result | None], *, seconds: float = 120, every: float = 0.25) -> Result:
    """The first answer that is neither None nor False; fails with the last error when there is none in time."""
    deadline = time.monotonic() + seconds
    last = ""  # the words alone: an exception kept here would keep its frames, and their sockets, for the collector
    while time.monotonic() < deadline:
        try:
            answer = ask()
        except (OSError, HTTPException, KeyError, ValueError) as error:
            last = f" (last: {error})"
        else:
            if answer is not None and answer is not False:
                return answer
        time.sleep(every)  # between two looks at a condition that is waited for, with a bound
    raise AssertionError(f"not within {seconds:g} s: {what}{last}")
