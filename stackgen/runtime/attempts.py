"""What is done again and again outlives its own failures."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Self

_log = logging.getLogger("stackgen")


class Attempts:
    """Used in `with` around each attempt: what it raises goes no further, as the next one may do.

    The log has the first failure, with where it came from, and that it is over; not each one in between.
    """

    def __init__(self, what: str) -> None:
        """`what` is done, as the log says it."""
        self._what = what
        self._failing = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            if self._failing:
                _log.warning("%s works again", self._what)
            self._failing = False
            return False
        if not isinstance(error, Exception):
            return False
        if not self._failing:
            _log.error("%s failed; it is tried again", self._what, exc_info=error)
        self._failing = True
        return True
