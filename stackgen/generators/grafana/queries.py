"""What a panel asks: signals, the labels that they are split by, and the recordings that it reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from stackgen.definition.model import (
    DETAIL_DASHBOARD,
    UP,
    Alert,
    Dashboard,
    Definition,
    Info,
    Level,
    Panel,
    Ratio,
    Raw,
    Signal,
)
from stackgen.definition.quantities import prometheus_duration
from stackgen.definition.raw_promql import RANGE, labels_picked
from stackgen.definition.selectors import selectors_of
from stackgen.generators.grafana import judging
from stackgen.generators.grafana.narrowing import matchers, narrowing_labels, own_jobs
from stackgen.signals import promql
from stackgen.signals.pieces import aggregation
from stackgen.signals.scope import Recordings, Scope
from stackgen.signals.shown import RecordedRate

#: Grafana's window for rates: four scrapes at least, and never less than a step of the graph.
WINDOW = "$__rate_interval"
#: A step of the graph, which is no shorter than the panel's `interval`, and the same in seconds.
STEP, STEP_SECONDS = "$__interval", "$__interval_ms / 1000"
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
class Queries:
    """What one panel of a dashboard asks Prometheus."""

    source: Source
    dashboard: Dashboard
    panel: Panel

    @cached_property
    def signals(self) -> tuple[Signal, ...]:
        """The panel's signals, each once."""
        known = {**self.source.definition.signals, **self.panel.inline}
        return tuple(known[key] for key in dict.fromkeys(self.panel.signals))

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

    def _narrowed(self, *picked: str) -> tuple[str, ...]:
        """The dashboard's own variables, without those of labels that are picked out already.

        What a share is of must not be narrowed to less than its part.
        """
        return tuple(each for each in self.dashboard.variables if each not in picked)

    def watching(self, signal: Signal) -> tuple[Alert, ...]:
        """The alerts over a signal."""
        return self.source.alerts.get(signal.key, ())

    def window(self, signal: Signal) -> str | None:
        """The window of its alerts over which a signal is read, as in `1d`; None: Grafana's own."""
        seconds = judging.window_of(self.source.definition, signal, self.watching(signal))
        return None if seconds is None else prometheus_duration(seconds)

    def worst(self, signal: Signal) -> judging.Worst | None:
        """Of which groups the panel shows the worst; None where it shows the signal of all that it narrows to."""
        alerts, labels = self.watching(signal), self.labels(signal)
        return judging.worst_of(self.source.definition, signal, alerts, labels, self.panel.kind)

    def _scope(self, signal: Signal) -> Scope:
        own = self._narrowed(*_picked(signal))
        window, worst = self.window(signal), self.worst(signal)
        by = (*self.labels(signal), *worst.labels) if worst else self.panel.by
        return Scope(
            window=window or WINDOW,
            by=by or (),
            own_by=by is None,
            matchers=(
                *self.source.matchers,
                *matchers(own),
                *((own_jobs(self.source.definition),) if _of_targets(signal) else ()),
            ),
            optional=self.source.optional_matchers,
            recordings=self._recordings(own, window or STEP),
        )

    def _recordings(self, kept: tuple[str, ...], step: str = STEP) -> Recordings:
        of_targets = self.dashboard.key == DETAIL_DASHBOARD or not self.source.definition.bound_labels
        over = RECORDED_OVER_OF_TARGETS if of_targets else RECORDED_OVER
        return Recordings(over=over, step=step, step_seconds=STEP_SECONDS, kept=kept)

    @property
    def _histogram_scope(self) -> Scope:
        own = self._narrowed()
        narrowed = (*self.source.matchers, *matchers(own))
        return Scope(window=WINDOW, matchers=narrowed, recordings=self._recordings(own))

    @cached_property
    def recorded(self) -> tuple[RecordedRate, ...]:
        """The recordings that the panel reads."""
        definition = self.source.definition
        if self.panel.metric:
            return promql.recorded_rates(definition, self.panel.metric, self._histogram_scope)
        found = (each for one in self.signals for each in promql.recorded_rates(definition, one, self._scope(one)))
        return tuple(dict.fromkeys(found))

    def expression(self, signal: Signal) -> str:
        """The query for a signal, in Grafana's words."""
        text = promql.render(self.source.definition, signal, self._scope(signal))
        if worst := self.worst(signal):
            text = f"{aggregation(worst.aggregate, self.labels(signal))} ({text})"
        return text.replace(RANGE, SHOWN_TIME)

    @property
    def expressions(self) -> tuple[str, ...]:
        """All queries of the panel."""
        own = (self.bucket_expression(),) if self.panel.metric else ()
        return (*own, *map(self.expression, self.signals))

    def bucket_expression(self) -> str:
        """The query for the buckets of the panel's histogram."""
        return promql.heatmap(self.source.definition, self.panel.metric or "", self._histogram_scope)


def _picked(signal: Signal) -> set[str]:
    """The labels by whose values a signal picks series out."""
    if isinstance(signal.expression, Raw):
        return labels_picked(signal.expression.promql)
    return {label for each in selectors_of(signal.expression) for label in each.picked}


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
