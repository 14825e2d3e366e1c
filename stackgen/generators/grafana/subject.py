"""What a panel shows, worked out from the definition: queries, legends, units, thresholds, words, links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from stackgen import conventions
from stackgen.definition.model import (
    DETAIL_DASHBOARD,
    UP,
    Above,
    Alert,
    Below,
    Dashboard,
    Definition,
    Info,
    Level,
    Mean,
    Panel,
    Quantile,
    Ratio,
    Raw,
    Signal,
    Threshold,
)
from stackgen.definition.quantities import prometheus_duration
from stackgen.definition.raw_promql import RANGE
from stackgen.generators.grafana import adapter
from stackgen.generators.grafana.adapter import Json
from stackgen.generators.grafana.drilling import drill_down, link_to, link_within
from stackgen.generators.grafana.variables import matchers, narrowing_labels, own_jobs
from stackgen.signals import promql
from stackgen.signals.scope import Scope
from stackgen.signals.shown import RecordedRate

#: Grafana's window for rates: four scrapes at least, and never less than a step of the graph.
WINDOW = "$__rate_interval"
#: Grafana's name for the time that a dashboard shows.
SHOWN_TIME = "$__range"
#: Series of each set of bound labels, above which the rates of a panel are recorded. Measured by
#: tests/benchmarks/test_dashboards.py: with 500 sets a panel of three hours stays below 300 ms up to here.
RECORDED_OVER = 2
#: Where there are as many sets as targets, fifty and not five hundred: of a definition without bound labels, and on the
#: dashboard of details, which is about one of them as a rule, and where exemplars are looked for: what is recorded has
#: none.
RECORDED_OVER_OF_TARGETS = 20


@dataclass(frozen=True)
class Source:
    """A definition, with what all of its panels need worked out once."""

    definition: Definition

    @cached_property
    def narrowing(self) -> tuple[str, ...]:
        """The labels that have a variable."""
        return narrowing_labels(self.definition)

    @cached_property
    def matchers(self) -> tuple[str, ...]:
        """A matcher for each variable."""
        return matchers(self.narrowing)

    @cached_property
    def optional_matchers(self) -> tuple[str, ...]:
        """A matcher for each variable that lets pass what lacks its label."""
        return matchers(self.narrowing, optional=True)

    @cached_property
    def alerts(self) -> Mapping[str, tuple[Alert, ...]]:
        """The alerts over each signal."""
        result: dict[str, tuple[Alert, ...]] = {}
        for alert in self.definition.alerts.values():
            result[alert.signal] = (*result.get(alert.signal, ()), alert)
        return result


@dataclass(frozen=True)
class Subject:
    """One panel of a dashboard, and the definition that it shows a part of."""

    source: Source
    dashboard: Dashboard
    panel: Panel

    @cached_property
    def signals(self) -> tuple[Signal, ...]:
        """The panel's signals, each once."""
        known = {**self.source.definition.signals, **self.panel.inline}
        return tuple(known[key] for key in dict.fromkeys(self.panel.signals))

    def alerts(self, *signals: Signal) -> tuple[Alert, ...]:
        """The alerts over these signals, or over all of the panel's."""
        return tuple(alert for signal in signals or self.signals for alert in self.source.alerts.get(signal.key, ()))

    def judged(self, *signals: Signal) -> tuple[Alert | Threshold, ...]:
        """What says from which number on these signals, or all of the panel's, are good or bad."""
        return (*self.alerts(*signals), *self.panel.thresholds)

    def labels(self, signal: Signal) -> tuple[str, ...]:
        """The labels by which the panel splits a signal."""
        by = signal.by if self.panel.by is None else self.panel.by
        if isinstance(signal.expression, Info):
            by = (*by, *self.source.definition.labels_of(signal.expression.of.of))
        return tuple(dict.fromkeys(by))

    @cached_property
    def all_labels(self) -> tuple[str, ...]:
        """The labels by which the panel splits any of its signals."""
        return tuple(dict.fromkeys(label for signal in self.signals for label in self.labels(signal)))

    def _scope(self, signal: Signal) -> Scope:
        by = self.panel.by
        return Scope(
            window=WINDOW,
            by=by or (),
            own_by=by is None,
            matchers=(*self.source.matchers, *((own_jobs(self.source.definition),) if _of_targets(signal) else ())),
            optional=self.source.optional_matchers,
            recorded_over=self._recorded_over,
        )

    @property
    def _recorded_over(self) -> int:
        of_targets = self.dashboard.key == DETAIL_DASHBOARD or not self.source.definition.bound_labels
        return RECORDED_OVER_OF_TARGETS if of_targets else RECORDED_OVER

    @property
    def _histogram_scope(self) -> Scope:
        return Scope(window=WINDOW, matchers=self.source.matchers, recorded_over=self._recorded_over)

    @cached_property
    def recorded(self) -> tuple[RecordedRate, ...]:
        """The recordings that the panel reads."""
        definition = self.source.definition
        if self.panel.metric:
            return promql.recorded_rates(definition, self.panel.metric, self._histogram_scope)
        found = (each for one in self.signals for each in promql.recorded_rates(definition, one, self._scope(one)))
        return tuple(dict.fromkeys(found))

    def target(self, signal: Signal, form: str) -> Json:
        """The query for a signal; its refId is the signal's key, which stays when others come and go."""
        scope = self._scope(signal)
        return adapter.target(
            signal.key,
            promql.render(self.source.definition, signal, scope).replace(RANGE, SHOWN_TIME),
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
        expression = promql.heatmap(self.source.definition, metric, self._histogram_scope)
        return adapter.target(metric, expression, legend="{{le}}", form="heatmap", exemplars=True)

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
        within = [link_within(definition, uid, label, value) for label, value in values.items()]
        return [*([link_to(definition, details, values)] if details else []), *within]

    @cached_property
    def links(self) -> list[Json]:
        """Such links from a value or a series, by the labels that all of the panel's signals are split by."""
        shared = [each for each in self.source.narrowing if all(each in self.labels(one) for one in self.signals)]
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


def _of_targets(signal: Signal) -> bool:
    """Whether a signal reads `up`, which is there for targets that have nothing to do with the definition too."""
    match signal.expression:
        case Level(term):
            return any(selector.of == UP for selector in term)
        case Ratio(part, whole):
            return any(selector.of == UP for selector in (*part, *whole))
        case Raw(text):
            return re.search(rf"\b{UP}\b", text) is not None
    return False
