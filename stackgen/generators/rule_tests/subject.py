"""What all tests of one alert share: series that move its signals, and what is expected of it when."""

from __future__ import annotations

import math
from collections.abc import Mapping

from stackgen.definition.model import (
    Above,
    Alert,
    Below,
    Definition,
    Signal,
)
from stackgen.generators.annotations import alert_annotations, alert_labels
from stackgen.generators.rule_tests.document import Case, Firing, Moment, Phase, Presence
from stackgen.generators.rule_tests.levels import Levels, levels
from stackgen.generators.rule_tests.templates import filled
from stackgen.signals.conditions import kept_labels
from stackgen.signals.examples import group_values
from stackgen.signals.synthesis import (
    INSTANCE,
    CannotSynthesizeError,
    Identity,
    Inputs,
    bystanders,
    synthesize,
)

#: What a limit that is a signal is set to; a share cannot be that large.
LIMIT = 100.0
SHARE_LIMIT = 0.5


class AlertTests:
    """One alert, and the parts that its tests are made of."""

    def __init__(self, definition: Definition, alert: Alert, every: float) -> None:
        self._definition = definition
        self._alert = alert
        self._signal = definition.signals[alert.signal]
        self._group = self._labels(0)
        self._annotations = alert_annotations(definition, alert)
        self._every = every
        # A whole part of the interval, so that what changes with a sample changes with an evaluation.
        self._step = every / math.ceil(every / max(1.0, math.floor(min(every, alert.window / 4))))

    def _inputs(
        self,
        value: float,
        than: float | str,
        limit: float,
        group: Mapping[str, str] | None = None,
        signal: Signal | None = None,
    ) -> Inputs:
        """Series that give the signal a value, what it is compared with another one, and satisfy the guard."""
        group = self._group if group is None else group
        inputs = self._synthesize(signal or self._signal, value, group)
        if isinstance(than, str):
            other = self._synthesize(self._definition.signals[than], limit, group)
            if any(inputs.flows.get(identity, flow) != flow for identity, flow in other.flows.items()):
                raise CannotSynthesizeError("the two signals that it compares share their series")
            inputs.merge(other)
        if self._alert.when is not None:
            guard = self._definition.signals[self._alert.when.signal]
            inputs.merge(self._synthesize(guard, self._guard_levels().far, group))
        inputs.merge(bystanders(self._definition, self._compared(), group))
        return inputs

    def _compared(self) -> list[Signal]:
        """All signals that the alert's expression is made of."""
        keys = [self._alert.signal]
        if isinstance(self._alert.condition, Above | Below) and isinstance(self._alert.condition.than, str):
            keys.append(self._alert.condition.than)
        if self._alert.when is not None:
            keys.append(self._alert.when.signal)
        return [self._definition.signals[key] for key in keys]

    def _guard_levels(self, *, edge: float = 0.01) -> Levels:
        """Levels of the guard's signal: beyond its threshold it lets the alert through, within it does not."""
        assert self._alert.when is not None
        condition = self._alert.when.condition
        assert not isinstance(condition.than, str)  # a guard is compared with a number
        guard = self._definition.signals[self._alert.when.signal]
        return levels(self._definition, guard, condition, condition.than, edge=edge)

    def _synthesize(self, signal: Signal, value: float, group: Mapping[str, str]) -> Inputs:
        return synthesize(self._definition, signal, value, group, window=self._alert.window)

    def _settled(self) -> float:
        """When, after a change, every window is full and `for` is over, in whole evaluations."""
        return self._every * math.ceil((self._alert.window + self._alert.for_) / self._every + 3)

    def _steady(self, name: str, inputs: Inputs, value: float | None, *, early: bool = False) -> Case:
        """Series that do not change; with a value the alert must fire, else it must not, at any time.

        `early`: it is looked at too just before and just after `for` is over; the alert's condition holds as soon as
        it can be evaluated.
        """
        at_once = not any(flow.counter or (flow.slope and not flow.clock) for flow in inputs.flows.values())
        at = self._settled()
        steps = math.ceil(at / self._step) + 2
        series: dict[Identity, tuple[Phase, ...]] = {
            identity: (Phase(flow, steps),) for identity, flow in inputs.flows.items()
        }
        moments = [Moment(at, self._alert.name, self._firing(value))]
        presences: list[Presence] = []
        if early:
            # A gauge is there at once, a rate needs a second sample.
            since = 0.0 if at_once else self._every
            waited = since + self._every * math.ceil(self._alert.for_ / self._every)
            moments.insert(0, Moment(waited - self._every, self._alert.name))
            # What it tells then may be about a part of its window.
            presences += [Presence(waited, firing.labels, firing=True) for firing in self._firing(value)]
        return Case(self._title(name), self._step, series, tuple(moments), tuple(presences))

    def _ended(self, own: Inputs, other: Inputs, steps: int, after: int) -> dict[Identity, tuple[Phase, ...]]:
        """Series of a group that end after some steps, and of another group that go on for those `after` them."""
        series: dict[Identity, tuple[Phase, ...]] = {
            identity: (Phase(flow, steps), Phase(None, after)) for identity, flow in own.flows.items()
        }
        for identity, flow in other.flows.items():
            series.setdefault(identity, (Phase(flow, steps), Phase(flow, after)))
        return series

    def _title(self, name: str) -> str:
        return f"{self._alert.name}: {name}"

    def _firing(self, value: float | None) -> tuple[Firing, ...]:
        if value is None:
            return ()
        labels = {label: text for label, text in self._kept().items() if label in kept_labels(self._alert)}
        every = {**labels, **alert_labels(self._alert)}
        texts = {key: filled(text, value, labels) for key, text in self._annotations.items()}
        return (Firing(every | {"alertname": self._alert.name}, texts),)

    def _kept(self) -> dict[str, str]:
        return {"job": self._definition.stack.jobs[0], "instance": INSTANCE, **self._group}

    def _labels(self, number: int) -> dict[str, str]:
        """Label values of the first, second, ... group of the alert."""
        group = {}
        for label in self._alert.per:
            declared = self._definition.labels.get(label)
            if declared is None:
                continue  # job and instance come with the target
            values = declared.values or group_values(self._compared(), label) or [f"{label}-1"]
            group[label] = values[min(number, len(values) - 1)]
        return group

    def _second_group(self) -> dict[str, str] | None:
        """Another group of the alert, if its labels leave room for one."""
        other = self._labels(1)
        return other if other != self._group else None
