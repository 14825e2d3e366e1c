"""The model of a definition: what a YAML file means once it has been read and found to be right.

Everything here is immutable data. References between parts are by key (a signal names its metric, an alert its
signal) and are known to resolve: `stackgen.definition.load` gives out no model in which they do not.
Durations are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: Labels that Prometheus itself puts on every scraped series; usable in `by` and `per` without being declared.
TARGET_LABELS = ("job", "instance")

#: The metric that Prometheus makes for every target: 1 when the last scrape succeeded, else 0.
UP = "up"

#: Key of the dashboard that shows objectives, their budgets and burn rates.
SLO_DASHBOARD = "slo"

#: Keys of the dashboards that follow from objectives and alerts, beside all others that a definition has.
GENERATED_DASHBOARDS = (SLO_DASHBOARD, "alerts")

#: Key of the dashboard that the panels of all others lead to.
DETAIL_DASHBOARD = "detail"


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


class Severity(StrEnum):
    """How urgent an alert is: `critical` pages somebody, `warning` waits for the morning, `info` is for the record."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


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


# -- signals ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Series of one metric: `where` keeps the listed values of a label, `where_not` drops them."""

    of: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    where_not: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


#: A sum over the series of one or several selectors.
Term = tuple[Selector, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """Events per second."""

    term: Term


@dataclass(frozen=True, slots=True)
class Increase:
    """Events in the window."""

    term: Term


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share: sums over sums, of counters (as rates) or of gauges; no value where the whole is zero."""

    part: Term
    whole: Term


@dataclass(frozen=True, slots=True)
class Quantile:
    """The `q`-quantile of a histogram, interpolated as PromQL's `histogram_quantile` does."""

    of: Selector
    q: float


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a histogram's observations; no value where there were none."""

    of: Selector


@dataclass(frozen=True, slots=True)
class Level:
    """A gauge, aggregated with `aggregate` (sum, max, min, avg)."""

    term: Term
    aggregate: str = "sum"


@dataclass(frozen=True, slots=True)
class Info:
    """The labels of an info metric."""

    of: Selector


@dataclass(frozen=True, slots=True)
class Raw:
    """PromQL that names metrics by their keys and the window as `$window`."""

    promql: str


Expression = Rate | Increase | Ratio | Quantile | Mean | Level | Info | Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What the numbers mean. `unit` is always set: seconds, bytes, ratio, per_second, bytes_per_second, count, ..."""

    key: str
    title: str
    expression: Expression
    unit: str
    description: str = ""
    #: `high`: more is better (hit ratio); `low`: less is better (errors); None: neither (traffic).
    good: str | None = None
    by: tuple[str, ...] = ()
    #: What the values of a state mean (`{0: "closed", 2: "open"}`); empty for a quantity.
    states: Mapping[int, str] = field(default_factory=dict)


# -- alerts and objectives --------------------------------------------------------------------------------------------


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
    """True while the signal is more than `share` (0..1) below its mean over the `baseline` before."""

    share: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Growth:
    """True while the signal is more than `share` (0.5: by half) above its mean over the `baseline` before."""

    share: float
    baseline: float


@dataclass(frozen=True, slots=True)
class RunsOut:
    """True while the trend over `window` takes the signal to `limit` (a number or a signal) `within` seconds."""

    limit: float | str
    within: float


@dataclass(frozen=True, slots=True)
class Absent:
    """True while the signal has no series at all."""


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


# -- dashboards -------------------------------------------------------------------------------------------------------


class PanelKind(StrEnum):
    """How a panel shows its signals."""

    STAT = "stat"
    TIMESERIES = "timeseries"
    HEATMAP = "heatmap"
    TABLE = "table"
    GAUGE = "gauge"
    BARGAUGE = "bargauge"
    STATETIMELINE = "statetimeline"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number from which on, or up to which, a panel shows a severity's colour; no alert need be there for it."""

    condition: Above | Below
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel. A heatmap shows the buckets of `metric`, a text panel `text`, all others `signals`."""

    kind: PanelKind
    title: str
    description: str = ""
    #: Keys of the definition's signals and of `inline`, in the order in which they are shown.
    signals: tuple[str, ...] = ()
    #: Signals that are written out in the panel and are nobody else's, by key.
    inline: Mapping[str, Signal] = field(default_factory=dict)
    metric: str | None = None
    text: str = ""
    #: Labels to split by; None: the signals' own.
    by: tuple[str, ...] | None = None
    #: Thresholds beside those of the alerts.
    thresholds: tuple[Threshold, ...] = ()
    #: Grafana's own words, laid over what follows from the rest: panel options, field settings, overrides.
    options: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    overrides: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A titled row of panels."""

    title: str
    panels: tuple[Panel, ...]
    collapsed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One dashboard; where its panels stand follows from the rows and the panels' kinds."""

    key: str
    title: str
    rows: tuple[Row, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    #: How much of the past it shows when it is opened, in seconds; None: what all dashboards show.
    range: float | None = None
    #: Key of the dashboard that its panels lead to; None: `detail` where there is one.
    drill_down: str | None = None


# -- the stack --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How Prometheus shows who it is, and knows whom it talks to. What ends in `_file` names a secret."""

    username: str | None = None
    password_file: str | None = None
    bearer_token_file: str | None = None
    #: Whether TLS is spoken.
    tls: bool = False
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None
    #: Whether any certificate is taken.
    insecure: bool = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that are needed."""
        named = (self.password_file, self.bearer_token_file, self.ca_file, self.cert_file, self.key_file)
        return tuple(name for name in named if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something to scrape that the stack does not start, named here or in files that list it."""

    job: str
    #: `host:port` of each.
    addresses: tuple[str, ...] = ()
    #: Names or patterns of files in `compose/targets`, which Prometheus reads again when they change.
    files: tuple[str, ...] = ()
    path: str = "/metrics"
    access: Access = Access()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteWrite:
    """A store that Prometheus sends every sample to."""

    url: str
    name: str | None = None
    access: Access = Access()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something to start: one that stackgen knows (`image` is None) or a container of the user's own."""

    name: str
    image: str | None = None
    command: tuple[str, ...] = ()
    #: The port that it listens on inside its container; None: it has none to publish.
    port: int | None = None
    #: The path to scrape on that port; None: it is not scraped.
    metrics: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    #: It is started if this profile is asked for; None: always.
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Somewhere that notifications go, beside the stack's own page."""

    name: str
    #: `webhook`, `email`, `slack` or `pagerduty`.
    kind: str
    #: Alertmanager's settings of that kind.
    settings: Mapping[str, str]
    #: Alertmanager's settings that are read from a file, with the name of the secret that holds each.
    secrets: Mapping[str, str] = field(default_factory=dict)
    severities: tuple[Severity, ...] = (Severity.CRITICAL, Severity.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """How the stack runs."""

    #: The `job` labels of the targets that expose the definition's metrics.
    jobs: tuple[str, ...]
    scrape_interval: float = 15.0
    evaluation_interval: float = 15.0
    #: How long Prometheus keeps samples.
    retention: float = 15 * 86400.0
    #: The address under which runbook pages are found: `<runbooks>/<definition>/<alert>`.
    runbooks: str
    #: The address of Grafana, for links from alerts to their panels.
    grafana: str
    #: Image references that replace the pinned ones, by service.
    images: Mapping[str, str] = field(default_factory=dict)
    #: Published ports on 127.0.0.1 that replace the default ones, by service.
    ports: Mapping[str, int] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    remote_write: tuple[RemoteWrite, ...] = ()
    #: Address of a trace, with `{trace_id}` in it, that exemplars lead to; None: none.
    traces: str | None = None
    services: Mapping[str, Service] = field(default_factory=dict)
    #: Address of a webhook that is given the notifications beside the stack's own receiver; None: none.
    webhook: str | None = None
    receivers: Mapping[str, Receiver] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A whole definition, with everything that it extends merged in."""

    name: str
    title: str
    #: What it was read from, as the user named it: a pack's name or a path with `/`.
    source: str
    description: str = ""
    #: What the exposed names of a system that exists already begin with; None where it has nothing to choose.
    namespace: str | None = None
    labels: Mapping[str, Label] = field(default_factory=dict)
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)
    signals: Mapping[str, Signal] = field(default_factory=dict)
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    slos: Mapping[str, Slo] = field(default_factory=dict)
    dashboards: Mapping[str, Dashboard] = field(default_factory=dict)
    stack: Stack
    #: Definitions whose dashboards and alerts come along.
    includes: tuple[Definition, ...] = ()

    @property
    def bound_labels(self) -> tuple[Label, ...]:
        """Labels that are fixed when the exporter is built, and stand on every metric of it."""
        return tuple(label for label in self.labels.values() if label.bind)

    def labels_of(self, metric: str) -> tuple[str, ...]:
        """Names of the labels of a metric's series: the bound ones, then its own (`up` has none of them)."""
        if metric == UP:
            return ()
        return (*(label.name for label in self.bound_labels), *self.metrics[metric].labels)
