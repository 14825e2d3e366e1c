"""Labels, the metrics that have them, and the events that touch the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: Labels that Prometheus itself puts on every scraped series; usable in `by` and `per` without being declared.
TARGET_LABELS = ("job", "instance")

#: The metric that Prometheus makes for every target: 1 when the last scrape succeeded, else 0.
UP = "up"


class MetricType(StrEnum):
    """The metric types of the language; a summary is left out because it cannot be aggregated."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    INFO = "info"


#: What units are called that are not base units, by the base unit and the scale.
_SCALED_UNITS = {
    ("seconds", 1e-3): "milliseconds",
    ("seconds", 1e-6): "microseconds",
    ("seconds", 1e-9): "nanoseconds",
    ("ratio", 0.01): "percent",
}


class Combine(StrEnum):
    """How the values that several processes hold for one gauge become one value."""

    SUM = "sum"
    MAX = "max"
    MIN = "min"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label; either a closed set of `values` or an open one with a budget of `max_values`."""

    name: str
    description: str = ""
    values: tuple[str, ...] | None = None
    max_values: int | None = None
    bind: bool = False
    #: For each value, the names of the exception classes (matched along the MRO) that it stands for.
    exceptions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        """Whether every value is known beforehand."""
        return self.values is not None

    @property
    def budget(self) -> int:
        """The largest number of values that may be seen."""
        return len(self.values) if self.values is not None else self.max_values or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric. `labels` are those set by events, in the order of the definition; bound labels come before them."""

    key: str
    type: MetricType
    help: str
    unit: str | None = None
    labels: tuple[str, ...] = ()
    #: Finite upper bounds of a histogram's buckets, strictly increasing, before `scale`; `+Inf` is implied.
    buckets: tuple[float, ...] = ()
    #: The name of the samples, as PromQL sees it (of a histogram: without `_bucket`, `_sum`, `_count`).
    exposed: str
    #: Whether others expose the name too (`process_cpu_seconds_total`): rules keep to the jobs of the definition.
    shared: bool = False
    #: What an exposed value of 1 is in `unit`: 1e-6 for microseconds, 0.01 for percent; 1 for all that keeps to units.
    scale: float = 1.0
    #: For a counter: the histogram whose count it is. It has that histogram's labels and costs nothing to record.
    count_of: str | None = None
    combine: Combine = Combine.SUM
    #: The label whose values each get a timer (`time_get`, `time_set`); None: one timer for the whole histogram.
    time_by: str | None = None

    @property
    def exposed_unit(self) -> str | None:
        """The unit of the exposed values, before `scale`; None where it has no name."""
        return self.unit if self.scale == 1 else _SCALED_UNITS.get((self.unit or "", self.scale))

    @property
    def family(self) -> str:
        """The name of the metric family, as prometheus_client and OpenMetrics use it (no `_total`, no `_info`)."""
        if self.type is MetricType.COUNTER:
            return self.exposed.removesuffix("_total")
        if self.type is MetricType.INFO:
            return self.exposed.removesuffix("_info")
        return self.exposed


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something an application says happened; it becomes the method `record_<key>`.

    The method takes, in this order: the observed value (if `observe`), the labels in `arguments`, the named amounts
    of `count` and `set`.
    """

    key: str
    description: str = ""
    #: The histogram that is given the event's value.
    observe: str | None = None
    #: Counters to add to: a fixed amount, or the name of a numeric argument.
    count: Mapping[str, float | str] = field(default_factory=dict)
    #: Gauges to set: a fixed value, or the name of a numeric argument.
    set: Mapping[str, float | str] = field(default_factory=dict)
    #: Labels with a fixed value.
    labels: Mapping[str, str] = field(default_factory=dict)
    #: Labels whose value is given at the call.
    arguments: tuple[str, ...] = ()
    #: Whether a timer records this event when its body raises.
    on_exception: bool = False

    @property
    def amounts(self) -> tuple[str, ...]:
        """The names of the numeric arguments, in order, each once."""
        named = [v for v in (*self.count.values(), *self.set.values()) if isinstance(v, str)]
        return tuple(dict.fromkeys(named))

    @property
    def metrics(self) -> tuple[str, ...]:
        """Keys of all metrics that the event touches."""
        return (*((self.observe,) if self.observe else ()), *self.count, *self.set)
