"""What a panel shows, worked out from the definition: queries, legends, units, thresholds, words, links."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from stackgen import conventions
from stackgen.definition.model import Above, Alert, Below, Definition, Mean, Quantile, Signal, Threshold
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.grafana import adapter, judging
from stackgen.generators.grafana.adapter import Json
from stackgen.generators.grafana.drilling import drill_down, link_to, link_within
from stackgen.generators.grafana.identity import title_of
from stackgen.generators.grafana.queries import Queries

_EXTREMES = {"max": "highest", "min": "lowest"}


@dataclass(frozen=True)
class Subject(Queries):
    """One panel of a dashboard, and the definition that it shows a part of."""

    #: The labels that the dashboard has a variable for.
    offered: tuple[str, ...]

    def alerts(self, *signals: Signal) -> tuple[Alert, ...]:
        """The alerts over these signals, or over all of the panel's."""
        return tuple(alert for signal in signals or self.signals for alert in self.watching(signal))

    def judged(self, *signals: Signal) -> tuple[Alert | Threshold, ...]:
        """What says from which number on what is shown of these signals, or of all, is good or bad."""
        drawn = (alert for signal in signals or self.signals for alert in self.drawn(signal))
        return (*drawn, *self.panel.thresholds)

    def known(self, signal: Signal) -> tuple[Alert | Threshold, ...]:
        """The same whatever of it may be drawn: where a signal ends, and which of its states are bad."""
        return (*self.alerts(signal), *self.panel.thresholds)

    def drawn(self, signal: Signal) -> tuple[Alert, ...]:
        """The alerts over a signal whose numbers are true for what the panel shows of it."""
        return judging.drawn(self.source.definition, signal, self.watching(signal), self.labels(signal))

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
        title = self._shown_title(signal)
        if not labels:
            return title
        return labels if len(self.signals) == 1 else f"{title} {labels}"

    @property
    def title(self) -> str:
        """What stands above the panel; a title that is the signal's says what of it it is: `Memory left (lowest)`."""
        title = title_of(self.source.definition, self.panel)
        alone = self.signals[0] if len(self.signals) == 1 else None
        return self._shown_title(alone) if alone and title == alone.title else title

    def _shown_title(self, signal: Signal) -> str:
        """A signal's title, with the window and the choice that are its alerts'."""
        window, worst = self.window(signal), self.worst(signal)
        added = [*([window] if window else []), *([_EXTREMES[worst.aggregate]] if worst else [])]
        return f"{signal.title} ({', '.join(added)})" if added else signal.title

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
        told = [text for signal in self.signals if (text := self._told(signal))]
        watched = [
            _watched(self.source.definition, alert, drawn=alert in self.drawn(signal))
            for signal in self.signals
            for alert in self.watching(signal)
        ]
        return "\n\n".join([own, *told, *watched])

    def _told(self, signal: Signal) -> str:
        """What is shown of a signal because of its alerts, as in `Over the last 1d. The lowest by instance.`."""
        window, worst = self.window(signal), self.worst(signal)
        parts = [f"Over the last {window}."] if window else []
        if worst:
            parts.append(f"The {_EXTREMES[worst.aggregate]} by {' and '.join(worst.labels)}.")
        text = " ".join(parts)
        return f"{signal.title}: {text[:1].lower()}{text[1:]}" if text and len(self.signals) > 1 else text

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


def _watched(definition: Definition, alert: Alert, *, drawn: bool) -> str:
    """An alert in words, as in `Alert CacheHitRatioLow (warning) fires below 30 % for 5m.`.

    Where its number is not drawn, it says of what it is: `... above 10000 by group and topic for 10m.`
    """
    comparison = ""
    if isinstance(alert.condition, Above | Below):
        side = "above" if isinstance(alert.condition, Above) else "below"
        than = alert.condition.than
        unit = definition.signals[alert.signal].unit
        shown = definition.signals[than].title if isinstance(than, str) else _number(than, unit)
        comparison = f" {side} {shown}"
        if not drawn:
            groups = f" by {' and '.join(alert.per)}" if alert.per else " in all"
            comparison += f"{groups} over {prometheus_duration(alert.window)}"
    lasting = f" for {prometheus_duration(alert.for_)}" if alert.for_ else ""
    return f"Alert {alert.name} ({alert.severity}) fires{comparison}{lasting}."


def _number(value: float, unit: str) -> str:
    """A number as a person would write it in its unit: `30 %`, `100ms`, `1`."""
    if unit == "ratio":
        return f"{value * 100:g} %"
    if unit == "seconds" and round(value, 3) == value and value > 0:
        return prometheus_duration(value)
    return {"per_second": f"{value:g}/s", "bytes": f"{value:g} bytes"}.get(unit, f"{value:g}")
