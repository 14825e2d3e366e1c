"""What an application can record of a definition: the metrics that it reaches, its timers, and names in Python."""

from __future__ import annotations

import builtins
import keyword
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from stackgen import conventions
from stackgen.definition.model import Definition, Event, Label, Metric, MetricType
from stackgen.findings import StackgenError

#: Parameters and methods that every exporter has.
_TAKEN = ("self", "registry", "enabled", "sampling", "shared", "value", "function", "amount", "trace_id", "window")
#: The only unit of time: what is recorded has no scale.
_TIME = "seconds"
#: The value of a label that takes what does not fit.
_OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """One timer (see `stackgen.runtime.spec.Timer`)."""

    key: str
    histogram: str
    outcomes: tuple[Event, ...]
    #: Open labels, given when the timer is made.
    arguments: tuple[str, ...]
    fills: Mapping[str, str]
    default: Event | None
    on_exception: Event | None


@dataclass(frozen=True)
class Recorded:
    """A definition, as its exporter sees it."""

    definition: Definition

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that an application can give values to: those of events, gauges, infos, and counts of these."""
        touched = {key for event in self.definition.events.values() for key in event.metrics}
        free = {MetricType.GAUGE, MetricType.INFO}
        return tuple(
            metric
            for metric in self.definition.metrics.values()
            if metric.key in touched or metric.type in free or metric.count_of in touched
        )

    @property
    def events(self) -> tuple[Event, ...]:
        """The events."""
        return tuple(self.definition.events.values())

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """The labels that are bound or that one of the metrics has."""
        used = {name for metric in self.metrics for name in metric.labels}
        return tuple(label for label in self.definition.labels.values() if label.bind or label.name in used)

    @cached_property
    def open_labels(self) -> tuple[Label, ...]:
        """The open labels that calls give, and that `labels()` can fix."""
        asked = {name for event in self.events for name in event.arguments}
        asked |= {name for metric in self.metrics if metric.type is MetricType.GAUGE for name in metric.labels}
        return tuple(label for label in self.labels if not label.closed and not label.bind and label.name in asked)

    @cached_property
    def timers(self) -> tuple[Timer, ...]:
        """A timer per histogram of seconds that events observe, or one per value of its `time_by` label."""
        return tuple(timer for metric in self.metrics for timer in self._timers_of(metric))

    def _timers_of(self, metric: Metric) -> Iterator[Timer]:
        events = [event for event in self.events if event.observe == metric.key]
        label = metric.time_by
        if not events or metric.unit != _TIME:
            return
        if label is None:
            yield self._timer(metric.key.removesuffix("_duration"), metric, events, {})
            return
        for value in self.definition.labels[label].values or ():
            fitting = [event for event in events if event.labels.get(label) == value or label in event.arguments]
            if fitting:
                yield self._timer(value, metric, fitting, {label: value})

    def _timer(self, key: str, metric: Metric, events: list[Event], fills: dict[str, str]) -> Timer:
        failures = [event for event in events if event.on_exception]
        # An event that is fixed to the timer's value says more than one that takes it as an argument.
        failures.sort(key=lambda event: bool(set(event.arguments) & set(fills)))
        ends = [event for event in events if not event.on_exception]
        asked = dict.fromkeys(name for event in events for name in event.arguments)
        given = tuple(name for name in asked if not self.definition.labels[name].closed)
        alone = len(ends) == 1 and not set(ends[0].arguments) - {*fills, *given} and not _needs_amount(ends[0])
        on_exception = next((event for event in failures if self._can_classify(event, fills)), None)
        return Timer(
            key=key,
            histogram=metric.key,
            outcomes=tuple(events),
            arguments=given,
            fills=fills,
            default=ends[0] if alone else None,
            on_exception=on_exception,
        )

    def _can_classify(self, event: Event, fills: Mapping[str, str]) -> bool:
        """Whether an exception says all that the event asks for; labels need an `other` for those of no known class."""
        asked = [self.definition.labels[name] for name in event.arguments if name not in fills]
        return all(label.values is None or _OTHER in label.values for label in asked) and not _needs_amount(event)

    # -- names in Python --

    @cached_property
    def _values(self) -> frozenset[str]:
        """Names of the parameters that are not labels."""
        return frozenset({*_TAKEN, *(self.value_name(event) for event in self.events if event.observe)})

    def parameter(self, label: str) -> str:
        """The name of a label's parameter: its own, unless that is a keyword or taken."""
        if label.startswith("_"):
            return f"label{label}"
        return f"{label}_" if keyword.iskeyword(label) or label in self._values else label

    @property
    def parameter_names(self) -> frozenset[str]:
        """The names of all parameters that the definition chose."""
        amounts = (amount for event in self.events for amount in event.amounts)
        return frozenset({*amounts, *(self.parameter(label.name) for label in self.labels)})

    def value_name(self, event: Event) -> str:
        """The name of the observed value's parameter: its unit."""
        unit = self.definition.metrics[event.observe].unit if event.observe else None
        name = unit or "value"
        return f"{name}_" if keyword.iskeyword(name) or hasattr(builtins, name) else name

    def alias(self, label: str) -> str:
        """The name of the type of a closed label's values."""
        return "".join(part.capitalize() for part in label.split("_"))

    def timer_class(self, timer: Timer) -> str:
        """The name of a timer's type."""
        return "".join(part.capitalize() for part in timer.key.split("_")) + "Timer"

    @cached_property
    def class_name(self) -> str:
        """The exporter's class."""
        return conventions.class_name(self.definition)

    def check_names(self) -> None:
        """Raise StackgenError where the module would say one name twice, or what is no name."""
        name = self.definition.name
        for timer in self.timers:
            if not timer.key.isidentifier():
                label = self.definition.metrics[timer.histogram].time_by
                raise StackgenError(
                    f"{name}: metrics.{timer.histogram}.time_by: value {timer.key!r} of label {label!r} cannot be part "
                    f"of a method's name; rename the value or leave time_by out"
                )
        methods = [f"record_{event.key}" for event in self.events]
        methods += [f"time_{timer.key}" for timer in self.timers]
        for metric in self.metrics:
            if metric.type in {MetricType.GAUGE, MetricType.INFO}:
                methods += [f"set_{metric.key}", f"remove_{metric.key}"]
            if metric.type is MetricType.GAUGE:
                methods += [f"inc_{metric.key}", f"dec_{metric.key}", f"set_{metric.key}_function"]
        types = [*(self.alias(label.name) for label in self.labels if label.closed), self.class_name]
        types += [*(self.timer_class(timer) for timer in self.timers), f"Labelled{self.class_name}", "Timer", "Window"]
        types.append(self.class_name.removesuffix("Metrics") + "Snapshot")
        for event in self.events:
            parameters = [*map(self.parameter, event.arguments), *event.amounts]
            parameters += [self.value_name(event), "trace_id"] if event.observe else []
            _once(f"{name}: events.{event.key}: the parameter", parameters)
        _once(f"{name}: the method", methods)
        _once(f"{name}: the type", types)


def _needs_amount(event: Event) -> bool:
    return any(isinstance(amount, str) for amount in event.set.values())


def _once(what: str, names: list[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise StackgenError(f"{what} {name!r} would stand in the exporter {times} times; rename one of its sources")
