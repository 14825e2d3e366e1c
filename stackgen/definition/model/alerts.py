"""Alerts and objectives: when a signal is wrong, and how often it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from stackgen.definition.model.signals import Selector, Term


class Severity(StrEnum):
    """How urgent an alert is: `critical` pages somebody, `warning` waits for the morning, `info` is for the record."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Above:
    """True while the signal is greater than a number, in the signal's unit, or than another signal."""

    than: float | str
    #: Whether being equal is enough (`at_least`).
    or_equal: bool = False


@dataclass(frozen=True, slots=True)
class Below:
    """True while the signal is less than a number, in the signal's unit, or than another signal."""

    than: float | str
    #: Whether being equal is enough (`at_most`).
    or_equal: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """True while the signal is more than `share` (0..1) below its mean over the `baseline` before.

    What is counted and has no series any more is 0.
    """

    share: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Growth:
    """True while the signal is more than `share` (0.5: by half) above its mean over the `baseline` before."""

    share: float
    baseline: float


@dataclass(frozen=True, slots=True)
class RunsOut:
    """True while the trend over `window` takes the signal to `limit` (a number or a signal) `within` seconds.

    It goes on once it is there, until it has been there for the whole window.
    """

    limit: float | str
    within: float
    #: Whether it falls to the limit (what is left of something) in place of growing to it.
    falls: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """True while the signal has no series at all; `per` labels, for each group that had some within the window."""


Condition = Above | Below | Drop | Growth | RunsOut | Absent


@dataclass(frozen=True, slots=True)
class Guard:
    """A second condition that must hold too: an alert on a ratio, say, only while there is traffic.

    Beside a drop it is about the baseline: where traffic has gone there is none left to ask for.
    """

    signal: str
    condition: Above | Below


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """What the person who is paged needs to know; each entry is a line of Markdown."""

    meaning: str = ""
    causes: tuple[str, ...] = ()
    diagnose: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()
    page_when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A condition on a signal that somebody should know of."""

    name: str
    signal: str
    condition: Condition
    summary: str
    description: str = ""
    for_: float = 0.0
    keep_firing_for: float = 0.0
    #: The range over which rates and quantiles are taken.
    window: float = 300.0
    #: Labels that each get their own alert, beside `job`.
    per: tuple[str, ...] = ()
    when: Guard | None = None
    severity: Severity = Severity.WARNING
    labels: Mapping[str, str] = field(default_factory=dict)
    runbook: Runbook = field(default_factory=Runbook)


@dataclass(frozen=True, slots=True)
class Availability:
    """The share of bad events among all."""

    bad: Term
    total: Term


@dataclass(frozen=True, slots=True)
class LatencyWithin:
    """The share of observations above `within`, which is one of the histogram's bucket bounds, as it is exposed."""

    of: Selector
    within: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """A service level objective: `objective` percent of events are good over `period`."""

    key: str
    objective: float
    period: float
    indicator: Availability | LatencyWithin
    title: str = ""
    description: str = ""
    #: Whether a window without events has no error ratio, in place of Sloth's NaN.
    guard: bool = True
    #: Traffic below which its alerts stay quiet.
    when: Guard | None = None
