"""Where a signal is rendered: the window, the labels to keep, and what else narrows the series."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The surroundings of one rendering of a signal.

    `window` is the range of rates (`5m`, `$__rate_interval`); `by` are labels kept beside the signal's own; `matchers`
    are added to every selector as they stand (`cache=~"$cache"`); `optional` are their forms for series that need not
    have the label (`cache=~"$cache|"`). `own_by=False` leaves out the labels that the signal itself splits by.
    """

    window: str
    by: tuple[str, ...] = ()
    matchers: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    own_by: bool = True
    #: Rates over more series than this (of each set of bound labels) are read as they were recorded; None: never.
    recorded_over: int | None = None
