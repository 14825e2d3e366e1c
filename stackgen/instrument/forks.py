"""Tells who has threads that a fork has taken its threads away."""

from __future__ import annotations

import os
from itertools import count
from typing import Protocol
from weakref import WeakValueDictionary


class Follower(Protocol):
    """What has a thread."""

    def after_fork(self) -> None:
        """This is a new process, without that thread."""


#: In the order in which they were made: who relies on another one is told after it.
_followers: WeakValueDictionary[int, Follower] = WeakValueDictionary()
_numbers = count()


def follow_forks(follower: Follower) -> None:
    """Have it told, for as long as somebody has it."""
    _followers[next(_numbers)] = follower


def _after_fork() -> None:
    for follower in list(_followers.values()):
        follower.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
