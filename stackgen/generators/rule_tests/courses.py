"""Courses of traffic and errors that show each window another ratio of errors, within a few hours.

An error ratio is errors over events, so what a window sees is decided by when most of its events happened, and a window
of days by a burst that is some hours old: a test of it need not last for days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stackgen.signals.burn_rates import WINDOWS

_HOUR = 3600.0

#: Windows up to here have a stretch of their own; the longer ones see all there is, and the same.
_LONGEST = 6 * _HOUR
#: What only the longer ones see.
_BEFORE = _HOUR


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time (seconds) with constant traffic, in multiples of the last one's, and ratio of errors."""

    seconds: float
    traffic: float
    ratio: float


def course(seen: Mapping[float, float], calm: float) -> list[Segment]:
    """Segments, the oldest first, after which each window in `seen` has that ratio of errors, every other one `calm`.

    Of the windows longer than six hours one can be in `seen`. Ratios are above 0; one above 1 in the result says that
    there is no such course.
    """
    short = [window for window in WINDOWS if window <= _LONGEST]
    longer = next((ratio for window, ratio in seen.items() if window > _LONGEST), calm)
    ends = [*short, _LONGEST + _BEFORE]
    wanted = [*(seen.get(window, calm) for window in short), longer]
    segments: list[Segment] = []
    events = errors = begin = 0.0
    for end, ratio in zip(ends, wanted, strict=True):
        if not events:
            more = end - begin
        else:
            # As many as the errors of the newer segments are to be thinned out by, or enough to add to them, and twice
            # that, so that no segment is without errors: `rate` makes less of a counter that begins at 0.
            newer = errors / events
            more = events * max(2.0, 2 * (newer / ratio - 1), 2 * (ratio - newer) / max(1 - ratio, 1e-9))
        wrong = ratio * (events + more) - errors
        segments.append(Segment(end - begin, more / (end - begin), wrong / more))
        events, errors, begin = events + more, errors + wrong, end
    return segments[::-1]
