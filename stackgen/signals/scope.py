"""Where a signal is rendered: the window, the labels to keep, and what else narrows the series."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    """Which rates are read as they were recorded: those over more series than `over` of each set of bound labels.

    Their mean over a `step` of the graph is read (`$__interval`), so that each of them is seen in some step; in seconds
    that is `step_seconds` (`$__interval_ms / 1000`).
    """

    over: int
    step: str
    step_seconds: str
    #: Labels that what is recorded keeps, where a metric has them, beside those of every recording.
    kept: tuple[str, ...] = ()


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
    #: Which rates are read as they were recorded, and how; None: none.
    recordings: Recordings | None = None
