"""Dashboards: signals in panels, in rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stackgen.definition.model.alerts import Above, Below, Severity
from stackgen.definition.model.signals import Signal

#: Key of the dashboard that shows objectives, their budgets and burn rates.
SLO_DASHBOARD = "slo"

#: Keys of the dashboards that follow from objectives and alerts, beside all others that a definition has.
GENERATED_DASHBOARDS = (SLO_DASHBOARD, "alerts")

#: Key of the dashboard that the panels of all others lead to.
DETAIL_DASHBOARD = "detail"


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
    #: Height in units of Grafana's grid; None: that of its kind.
    height: int | None = None
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
    """One dashboard; where its panels stand follows from the rows, the panels' kinds and their heights."""

    key: str
    title: str
    rows: tuple[Row, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    #: Labels that events set and that it is narrowed by, beside those of targets and the bound ones.
    variables: tuple[str, ...] = ()
    #: How much of the past it shows when it is opened, in seconds; None: what all dashboards show.
    range: float | None = None
    #: Key of the dashboard that its panels lead to; None: `detail` where there is one.
    drill_down: str | None = None
