"""What a panel shows, worked out from the definition: queries, legends, units, thresholds, words, links."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from stackgen import conventions
from stackgen.definition.model import Above, Alert, Below, Definition, Mean, Quantile, Signal, Threshold
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.grafana import adapter
from stackgen.generators.grafana.adapter import Json
from stackgen.generators.grafana.drilling import drill_down, link_to, link_within
from stackgen.generators.grafana.queries import Queries


@dataclass(frozen=True)
class Subject(Queries):
    """One panel of a dashboard, and the definition that it shows a part of."""

    #: The labels that the dashboard has a variable for.
    offered: tuple[str, ...]

    def alerts(self, *signals: Signal) -> tuple[Alert, ...]:
        """The alerts over these signals, or over all of the panel's."""
        return tuple(alert for signal in signals or self.signals for alert in self.source.alerts.get(signal.key, ()))

    def judged(self, *signals: Signal) -> tuple[Alert | Threshold, ...]:
        """What says from which number on these signals, or all of the panel's, are good or bad."""
        return (*self.alerts(*signals), *self.panel.thresholds)

    def target(self, signal: Signal, form: str) -> Json:
        """The query for a signal; its refId is the signal's key, which stays when others come and go."""
        return adapter.target(
            signal.key,
            self.expression(signal),
            legend=self.legend(signal),
            form=form,
            exemplars=form == "time_series" and isinstance(signal.expression, Quantile | Mean),
        )

    def targets(self, form: str = "time_series") -> list[Json]:
        """The queries for all signals."""
        return [self.target(signal, form) for signal in self.signals]

    def buckets(self) -> Json:
        """The query for the buckets of the panel's histogram."""
        metric = self.panel.metric or ""
        return adapter.target(metric, self.bucket_expression(), legend="{{le}}", form="heatmap", exemplars=True)

    def legend(self, signal: Signal) -> str:
        """The name of a signal's series: the labels that tell them apart, the signal's title where that does not."""
        labels = " ".join(f"{{{{{label}}}}}" for label in self.labels(signal))
        if not labels:
            return signal.title
        return labels if len(self.signals) == 1 else f"{signal.title} {labels}"

    @cached_property
    def description(self) -> str:
        """What the panel tells, then the alerts that look at it."""
        own = self.panel.description.strip()
        if not own:
            own = " ".join(signal.description.strip() for signal in self.signals).strip()
        if not own and self.panel.metric:
            own = self.source.definition.metrics[self.panel.metric].help
        if not own:
            own = " ".join(f"{signal.title}." for signal in self.signals) or "A note."
        watched = [_watched(self.source.definition, alert) for alert in self.alerts()]
        return "\n\n".join([own, *watched])

    @cached_property
    def runbooks(self) -> list[Json]:
        """A link to the runbook of each alert over what the panel shows."""
        return [
            adapter.link(
                f"Runbook: {alert.name}",
                conventions.runbook_url(self.source.definition, alert.name),
                tooltip=f"What to do when {alert.name} fires",
                new_tab=True,
            )
            for alert in self.alerts()
        ]

    def runbook_of(self, alert: str) -> Json:
        """A link to the runbook of the alert that is called so when the link is followed."""
        url = conventions.runbook_url(self.source.definition, alert)
        return adapter.link("Open the runbook", url, tooltip="What to do when it fires", new_tab=True)

    def links_of(self, values: dict[str, str]) -> list[Json]:
        """Links from what these values of labels stand for: to its details, and to this dashboard for it alone."""
        definition = self.source.definition
        uid = conventions.dashboard_uid(definition, self.dashboard.key)
        details = drill_down(definition, self.dashboard)
        within = [
            link_within(self.offered, uid, label, value) for label, value in values.items() if label in self.offered
        ]
        return [*([link_to(definition, details, self.offered, values)] if details else []), *within]

    @cached_property
    def links(self) -> list[Json]:
        """Such links from a value or a series, by the labels that all of the panel's signals are split by.

        Buckets are split by none.
        """
        split = [self.labels(signal) for signal in self.signals] or [()]
        shared = [each for each in self.source.narrowing if all(each in labels for labels in split)]
        return self.links_of({label: f"${{__field.labels.{label}}}" for label in shared})


def _watched(definition: Definition, alert: Alert) -> str:
    """An alert in words, as in `Alert CacheHitRatioLow (warning) fires below 30 % for 5m.`."""
    comparison = ""
    if isinstance(alert.condition, Above | Below):
        side = "above" if isinstance(alert.condition, Above) else "below"
        than = alert.condition.than
        unit = definition.signals[alert.signal].unit
        shown = definition.signals[than].title if isinstance(than, str) else _number(than, unit)
        comparison = f" {side} {shown}"
    lasting = f" for {prometheus_duration(alert.for_)}" if alert.for_ else ""
    return f"Alert {alert.name} ({alert.severity}) fires{comparison}{lasting}."


def _number(value: float, unit: str) -> str:
    """A number as a person would write it in its unit: `30 %`, `100ms`, `1`."""
    if unit == "ratio":
        return f"{value * 100:g} %"
    if unit == "seconds" and round(value, 3) == value and value > 0:
        return prometheus_duration(value)
    return {"per_second": f"{value:g}/s", "bytes": f"{value:g} bytes"}.get(unit, f"{value:g}")
