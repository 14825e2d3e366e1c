"""Sinks that send nothing over a wire."""

from __future__ import annotations

from collections.abc import Callable as Function

from stackgen.runtime.sinks.changes import Changes
from stackgen.runtime.sinks.feed import Losses


class Callback:
    """Calls a function of one's own with what has changed, in the feed's thread.

    One that raises loses the samples of that call, which is logged and counted. One that takes long holds up the
    feed's other sinks, never the application.
    """

    def __init__(self, function: Function[[Changes], object], *, name: str = "callback") -> None:
        self.name = name
        self._function = function

    def send(self, changes: Changes) -> Losses:
        """Hand the changes over."""
        self._function(changes)
        return {}

    def after_fork(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is open."""


class Null:
    """Sends nothing: for a place where a sink has to be named and none is wanted."""

    name = "null"

    def send(self, changes: Changes) -> Losses:  # noqa: ARG002
        """Do nothing."""
        return {}

    def after_fork(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is open."""
