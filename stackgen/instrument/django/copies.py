"""Copies of an observed cache: observed too, each by a recording of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stackgen.instrument.django.recording import CacheRecording
from stackgen.instrument.observed import STATE


def copying(plain: Any) -> Callable[..., Any]:
    """The `__reduce_ex__` of an observed class: a recording leads to the attributes of the one object that it is of."""

    def __reduce_ex__(self: Any, protocol: Any) -> Any:  # noqa: N807  -- is what it will be
        reduced = plain.__reduce_ex__(self, protocol)
        if isinstance(reduced, str) or len(reduced) < 3 or not isinstance(reduced[2], dict):
            return reduced
        recording: CacheRecording | None = reduced[2].get(STATE)
        if recording is None:
            return reduced
        own = {STATE: type(recording)(recording.metrics)}
        return (*reduced[:2], {**reduced[2], **own}, *reduced[3:])

    return __reduce_ex__
