"""The model of a definition: what a YAML file means once it has been read and found to be right.

Everything here is immutable data. References between parts are by key (a signal names its metric, an alert its
signal) and are known to resolve: `stackgen.definition.load` gives out no model in which they do not.
Durations are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stackgen.definition.model.alerts import (
    Above,
    Absent,
    Alert,
    Availability,
    Below,
    Condition,
    Drop,
    Growth,
    Guard,
    LatencyWithin,
    Runbook,
    RunsOut,
    Severity,
    Slo,
)
from stackgen.definition.model.dashboards import (
    DETAIL_DASHBOARD,
    GENERATED_DASHBOARDS,
    SLO_DASHBOARD,
    Dashboard,
    Panel,
    PanelKind,
    Row,
    Threshold,
)
from stackgen.definition.model.metrics import (
    TARGET_LABELS,
    UP,
    Combine,
    Event,
    Label,
    Metric,
    MetricType,
)
from stackgen.definition.model.signals import (
    Age,
    Expression,
    Increase,
    Info,
    Level,
    Mean,
    Quantile,
    Rate,
    Ratio,
    Raw,
    Selector,
    Signal,
    Term,
)
from stackgen.definition.model.stack import (
    Access,
    Heartbeat,
    Receiver,
    RemoteWrite,
    Service,
    Stack,
    Target,
)

__all__ = [
    "DETAIL_DASHBOARD",
    "GENERATED_DASHBOARDS",
    "SLO_DASHBOARD",
    "TARGET_LABELS",
    "UP",
    "Above",
    "Absent",
    "Access",
    "Age",
    "Alert",
    "Availability",
    "Below",
    "Combine",
    "Condition",
    "Dashboard",
    "Definition",
    "Drop",
    "Event",
    "Expression",
    "Growth",
    "Guard",
    "Heartbeat",
    "Increase",
    "Info",
    "Label",
    "LatencyWithin",
    "Level",
    "Mean",
    "Metric",
    "MetricType",
    "Panel",
    "PanelKind",
    "Quantile",
    "Rate",
    "Ratio",
    "Raw",
    "Receiver",
    "RemoteWrite",
    "Row",
    "Runbook",
    "RunsOut",
    "Selector",
    "Service",
    "Severity",
    "Signal",
    "Slo",
    "Stack",
    "Target",
    "Term",
    "Threshold",
]


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

    @property
    def recorded(self) -> frozenset[str]:
        """Keys of metrics that events touch, or of which they count; all where others record.

        A counter or a histogram that no event touches has no series, ever.
        """
        if not self.events:
            return frozenset(self.metrics)
        touched = {key for event in self.events.values() for key in event.metrics}
        return frozenset(key for key, each in self.metrics.items() if key in touched or each.count_of in touched)
