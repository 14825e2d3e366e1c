"""What a generated exporter tells the engine of its definition: plain, immutable tables.

They say the same as `stackgen.definition.model` does, cut down to what recording and exposing need, so that an
application imports neither the definition nor its reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

MetricType = Literal["counter", "gauge", "histogram", "info"]
Combine = Literal["sum", "max", "min", "last"]

#: The value that takes what does not fit: outside a closed set that has it, past an open label's budget.
OTHER = "other"

_NOTHING: Mapping[str, str] = {}


class Label(NamedTuple):
    """One label: a closed set of `values`, or an open one of at most `max_values` (and then `other`)."""

    name: str
    values: tuple[str, ...] | None = None
    max_values: int = 0
    #: For each value, the names of the exception classes that it stands for.
    exceptions: Mapping[str, tuple[str, ...]] = {}


class Metric(NamedTuple):
    """One metric; `labels` are its own, the exporter's bound labels come before them."""

    key: str
    type: MetricType
    #: The name of its samples (of a histogram: without `_bucket`, `_sum`, `_count`).
    exposed: str
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""
    #: Finite upper bounds of a histogram's buckets, strictly increasing.
    buckets: tuple[float, ...] = ()
    #: For a counter: the key of the histogram whose count it is.
    count_of: str | None = None
    combine: Combine = "sum"


class Event(NamedTuple):
    """One event; `counts` and `sets` map counters and gauges to an amount, or to the name of its parameter."""

    key: str
    observe: str | None = None
    #: The name of the observed value's parameter.
    value: str = ""
    counts: Mapping[str, float | str] = {}
    sets: Mapping[str, float | str] = {}
    #: Labels with a fixed value.
    labels: Mapping[str, str] = _NOTHING
    #: Labels given at the call.
    arguments: tuple[str, ...] = ()
    #: Names of the numeric parameters.
    amounts: tuple[str, ...] = ()


class Timer(NamedTuple):
    """One timer: the events that may end it, and the labels that it fills in for them."""

    key: str
    #: Events that the body can say happened; each is a method of the timer.
    outcomes: tuple[str, ...]
    #: Open labels, given when the timer is made.
    arguments: tuple[str, ...] = ()
    #: Labels that the timer gives to an outcome that takes them as arguments.
    fills: Mapping[str, str] = _NOTHING
    #: Recorded where the body says nothing.
    default: str | None = None
    #: Recorded when the body raises.
    on_exception: str | None = None


class Selector(NamedTuple):
    """Series of one metric, by the values that labels have or do not have, and what these match as a whole."""

    metric: str
    where: Mapping[str, tuple[str, ...]] = {}
    where_not: Mapping[str, tuple[str, ...]] = {}
    where_matches: Mapping[str, str] = _NOTHING
    where_not_matches: Mapping[str, str] = _NOTHING


class Signal(NamedTuple):
    """One signal; `of` is its term (of a ratio the part)."""

    key: str
    kind: Literal["rate", "increase", "ratio", "quantile", "mean", "level", "age"]
    of: tuple[Selector, ...]
    whole: tuple[Selector, ...] = ()
    q: float = 0.0
    by: tuple[str, ...] = ()
    aggregate: str = "sum"


class Condition(NamedTuple):
    """What a signal is compared with: a number, another signal by its key, or its own past."""

    signal: str
    kind: Literal["above", "at_least", "below", "at_most", "drop", "growth", "runs_out", "runs_down"]
    #: Of a drop or growth the share by which it has changed.
    limit: float | str
    #: Seconds: the baseline of a drop or growth, how far ahead something runs out.
    span: float = 0.0


class Alert(NamedTuple):
    """One alert, as far as a process can tell by itself."""

    name: str
    condition: Condition
    #: The range over which rates and quantiles are taken, in seconds.
    window: float
    #: With `{value}` and `{label}` left open, and the unit that the value is written in.
    summary: str
    unit: str = ""
    severity: str = "warning"
    runbook: str = ""
    #: Open labels that each get their own alert.
    by: tuple[str, ...] = ()
    #: Seconds that the condition has to hold, and that an alert goes on for when it does not any more.
    wait: float = 0.0
    keep: float = 0.0
    #: A second condition that has to hold too; beside a drop it is about the past.
    when: Condition | None = None


class Spec(NamedTuple):
    """A whole definition, as its exporter needs it."""

    name: str
    #: Of everything below; two exporters with the same name and another digest do not mix.
    digest: str
    labels: tuple[Label, ...] = ()
    metrics: tuple[Metric, ...] = ()
    events: tuple[Event, ...] = ()
    timers: tuple[Timer, ...] = ()
    signals: tuple[Signal, ...] = ()
    #: Names of the labels that are fixed when the exporter is built.
    bound: tuple[str, ...] = ()
    #: Labels whose parameter goes by another name, because their own is a keyword or taken.
    parameters: Mapping[str, str] = _NOTHING
    alerts: tuple[Alert, ...] = ()

    def parameter(self, label: str) -> str:
        """The name of a label's parameter."""
        return self.parameters.get(label, label)

    def label(self, name: str) -> Label:
        """The label of that name."""
        return next(label for label in self.labels if label.name == name)
