"""Tests of one alert: it fires when it should and only after `for`, and is quiet in all other cases."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from stackgen.definition.model import (
    Above,
    Absent,
    Alert,
    Below,
    Definition,
    Drop,
    Growth,
    Increase,
    Level,
    Mean,
    Quantile,
    Rate,
    Ratio,
    RunsOut,
    Signal,
)
from stackgen.generators.annotations import alert_annotations, alert_labels
from stackgen.generators.rule_tests.document import Absence, Case, Firing, Moment, Phase, Presence
from stackgen.generators.rule_tests.levels import Levels, is_share, levels, reach, with_leeway
from stackgen.generators.rule_tests.templates import filled
from stackgen.signals.conditions import alert_expression, kept_labels
from stackgen.signals.promql import scale_of
from stackgen.signals.synthesis import (
    INSTANCE,
    CannotSynthesizeError,
    Flow,
    Identity,
    Inputs,
    bystanders,
    counts_for,
    synthesize,
)

#: What a limit that is a signal is set to; a share cannot be that large.
_LIMIT = 100.0
_SHARE_LIMIT = 0.5

#: How many times what a window holds from before a first sample after it is to be.
_DROWNING = 10_000.0

#: The history before a drop or growth, in multiples of the time that the alert then takes.
_HISTORY = 10

#: How much of what a large growth is compared with may be of the growth itself, times what it has grown by.
_SEEN = 0.3
#: The same where a short baseline leaves no choice; with more of it a change would hardly show.
_MOST_SEEN = 0.9


def alert_cases(definition: Definition, alert: Alert, every: float) -> Iterator[Case]:
    """All tests of an alert, for rules that are evaluated `every` so many seconds.

    Raises CannotSynthesizeError where no series are known that move its signal.
    """
    tests = _AlertTests(definition, alert, every)
    match alert.condition:
        case Above(than, _) | Below(than, _):
            yield from tests.threshold_cases(than)
        case Drop() | Growth():
            yield from tests.change_cases(alert.condition)
        case RunsOut():
            yield from tests.trend_cases(alert.condition)
        case Absent():
            yield from tests.absence_cases()


class _AlertTests:
    """What the tests of one alert share."""

    def __init__(self, definition: Definition, alert: Alert, every: float) -> None:
        self._definition = definition
        self._alert = alert
        self._signal = definition.signals[alert.signal]
        self._group = self._labels(0)
        self._annotations = alert_annotations(definition, alert)
        self._every = every
        # A whole part of the interval, so that what changes with a sample changes with an evaluation.
        self._step = every / math.ceil(every / max(1.0, math.floor(min(every, alert.window / 4))))

    # -- a threshold --------------------------------------------------------------------------------------------------

    def threshold_cases(self, than: float | str) -> Iterator[Case]:
        """An alert that compares its signal with a number or with another signal."""
        condition = self._alert.condition
        assert isinstance(condition, Above | Below)
        limit = than if not isinstance(than, str) else _SHARE_LIMIT if self._signal.unit == "ratio" else _LIMIT
        at = levels(self._definition, self._signal, condition, limit)
        if self._alert.for_:
            yield self._steady("only after `for`", self._inputs(at.far, than, limit), at.far, early=True)
        if self._alert.keep_firing_for:
            far = self._inputs(at.far, than, limit)
            healthy = self._inputs(at.healthy, than, limit, signal=with_leeway(self._signal))
            yield self._kept_firing(far, healthy)
        for name, value, fires in self._sides(at):
            yield self._steady(name, self._inputs(value, than, limit), value if fires else None)
        if self._alert.when is not None:
            guard = self._guard_levels()
            shut = self._guarded_at(guard.within, at.beyond, than, limit)
            yield self._steady("quiet when the guard just does not hold", shut, None)
            if self._alert.when.signal != than:
                open_ = self._guarded_at(guard.beyond, at.beyond, than, limit)
                yield self._steady("fires when the guard just holds", open_, at.beyond)
        if self._quiet_when_idle(condition):
            idle = self._steady("quiet when there is no traffic", self._idle(at.healthy, than, limit), None)
            yield replace(idle, absences=self._without_a_value(at.healthy))
        yield self._steady("quiet when its series are missing", Inputs(), None)
        if other := self._second_group():
            both = self._inputs(at.beyond, than, limit)
            both.merge(self._inputs(at.healthy, than, limit, other))
            yield self._steady("fires for one group and not for the other", both, at.beyond)

    def _sides(self, at: Levels) -> Iterator[tuple[str, float, bool]]:
        yield "fires just beyond the threshold", at.beyond, True
        yield "quiet just within the threshold", at.within, False
        yield "quiet when healthy", at.healthy, False
        if at.on is not None:
            fires = isinstance(self._alert.condition, Above | Below) and self._alert.condition.or_equal
            yield "fires on the threshold" if fires else "quiet on the threshold", at.on, fires

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

    def _guarded_at(self, wanted: float, value: float, than: float | str, limit: float) -> Inputs:
        """The same with the guard's signal at a level of its own."""
        assert self._alert.when is not None
        inputs = self._inputs(value, than, limit)
        guard = self._definition.signals[self._alert.when.signal]
        total = sum(
            flow.amount for identity, flow in inputs.flows.items() if counts_for(self._definition, guard, identity)
        )
        if isinstance(guard.expression, Rate) and not isinstance(self._signal.expression, Rate | Level):
            # Everything but the bystanders is scaled, so that the signal itself keeps its value.
            aside = bystanders(self._definition, self._compared(), self._group).flows
            total *= scale_of(self._definition, guard.expression.term[0])
            scaled = {
                key: replace(flow, amount=flow.amount * wanted / total) if flow.counter and key not in aside else flow
                for key, flow in inputs.flows.items()
            }
            return Inputs(scaled)
        off = self._synthesize(guard, wanted, self._group)
        off.merge(inputs)
        return off

    def _kept_firing(self, far: Inputs, healthy: Inputs) -> Case:
        """The signal goes from far beyond the threshold to where it should be, and the alert fires on for a while."""
        # More traffic makes it healthy sooner; but what has increased too much leaves its window as time passes only.
        swift = isinstance(self._alert.condition, Below) or not isinstance(self._signal.expression, Rate | Increase)
        before, keep, every = self._settled(), self._alert.keep_firing_for, self._every
        # So much of it that at its first sample all that the window holds from before is next to nothing.
        factor = _DROWNING * self._alert.window / self._step if swift else 1.0
        over = every if swift else self._alert.window + every
        steps = math.ceil((over + keep) / self._step) + 2 * math.ceil(every / self._step)
        series = {}
        for identity in {**far.flows, **healthy.flows}:
            flow = healthy.flows.get(identity) or replace(far.flows[identity], amount=0.0)
            now = replace(flow, amount=flow.amount * factor) if flow.counter else flow
            past = Phase(far.flows.get(identity, flow), round(before / self._step))
            series[identity] = (past, Phase(now, steps))
        (firing,) = self._firing(0.0)
        return Case(
            self._title("fires on for `keep_firing_for` and no longer"),
            self._step,
            series,
            moments=(Moment(before + over + keep + every, self._alert.name),),
            presences=(Presence(before + over + every, firing.labels, firing=True),),
        )

    def _quiet_when_idle(self, condition: Above | Below) -> bool:
        """Whether no traffic at all must not alert: what is counted and too low without it is meant to."""
        if isinstance(self._signal.expression, Level):
            return False
        if not isinstance(self._signal.expression, Rate | Increase):
            return True
        if isinstance(condition, Above):
            return not (condition.or_equal and isinstance(condition.than, str))
        # Unless it is guarded by traffic itself.
        when = self._alert.when
        if when is None or not isinstance(when.condition, Above):
            return False
        return isinstance(self._definition.signals[when.signal].expression, Rate | Increase)

    def _without_a_value(self, healthy: float) -> tuple[Absence, ...]:
        """What is recorded of the signal has no value without traffic, where it is about single events."""
        recordings = alert_expression(self._definition, self._alert).recordings
        counted = all(flow.counter for flow in self._synthesize(self._signal, healthy, self._group).flows.values())
        if not recordings or not counted or not isinstance(self._signal.expression, Ratio | Quantile | Mean):
            return ()
        return (Absence(self._settled(), recordings[0].name),)

    def _idle(self, value: float, than: float | str, limit: float) -> Inputs:
        flows = self._inputs(value, than, limit).flows
        return Inputs({key: replace(flow, amount=0.0) if flow.counter else flow for key, flow in flows.items()})

    # -- a change, a trend, an absence --------------------------------------------------------------------------------

    def change_cases(self, condition: Drop | Growth) -> Iterator[Case]:
        """An alert that compares its signal with its own past."""
        own_guard = self._alert.when is not None and self._alert.when.signal == self._alert.signal
        more, less = self._enough(condition), 0.6 * condition.share
        base = self._guard_levels().far if own_guard else self._base(condition, more)
        yield self._change("fires when it has changed by more", base, condition, more, fires=True)
        yield self._change("quiet when it has changed by less", base, condition, less)
        yield self._change("quiet when nothing changes", base, condition, 0.0)
        if own_guard:
            # A drop's guard is about the past, a growth's about the present.
            ratio = 1.0 if isinstance(condition, Drop) else 1 + more
            guard = self._guard_levels(edge=0.1)
            open_, shut = guard.beyond / ratio, guard.within / ratio
            yield self._change("fires when the guard just holds", open_, condition, more, fires=True)
            yield self._change("quiet when the guard just does not hold", shut, condition, more)
        yield self._steady("quiet when its series are missing", Inputs(), None)

    def _enough(self, condition: Drop | Growth) -> float:
        """By which share it is changed to fire, and to go on until `for` is over, as its past is more and more of now.

        Raises CannotSynthesizeError where a baseline has forgotten what was before too soon.
        """
        new = self._settled() - self._alert.window
        kept = min(condition.baseline, self._history(condition) + new)
        factor = 1 - condition.share if isinstance(condition, Drop) else 1 + condition.share
        # It fires while the value is beyond factor * (old * (1 - seen) + value * seen).
        seen = min(1.0, new / kept)
        if factor * seen > _MOST_SEEN:
            raise CannotSynthesizeError("its baseline is not much longer than it waits")
        least = condition.share / (1 - factor * seen)
        more = max(1.25 * condition.share, 1.1 * least)
        return min(more, (1 + least) / 2) if isinstance(condition, Drop) else more

    def _history(self, condition: Drop | Growth) -> float:
        """How long all is as before, in seconds: long enough that what comes after it is little of it."""
        usual = _HISTORY * self._settled()
        if isinstance(condition, Drop):
            return usual
        wanted = (1 + condition.share) * (self._settled() - self._alert.window) / _SEEN
        return max(usual, min(wanted, condition.baseline))

    def _base(self, condition: Drop | Growth, more: float) -> float:
        """What it was before, so that it can be what it becomes."""
        most = 1 + more if isinstance(condition, Growth) else 1.0
        if isinstance(self._signal.expression, Quantile):
            least, largest = reach(self._definition, self._signal.expression)
            base = 0.9 * largest / most
            if base * (1 - more if isinstance(condition, Drop) else 1) < least:
                raise CannotSynthesizeError("its buckets are too few for such a change")
            return base
        if is_share(self._definition, self._signal):
            return min(_SHARE_LIMIT, 0.9 / most)
        return _LIMIT

    def _change(self, name: str, base: float, condition: Drop | Growth, share: float, *, fires: bool = False) -> Case:
        """A long time at `base`, then a change by a share of it that stays."""
        value = max(0.0, base * (1 - share if isinstance(condition, Drop) else 1 + share))
        past, now = self._inputs(base, base, base), self._inputs(value, base, base)
        before = round(self._history(condition) / self._step)
        after = math.ceil(self._settled() / self._step) + 2
        series = {
            identity: (Phase(past.flows.get(identity, flow), before), Phase(flow, after))
            for identity, flow in now.flows.items()
        }
        changed = before * self._step
        moments = [Moment(changed + self._settled(), self._alert.name, self._firing(value if fires else None))]
        if fires and self._alert.for_:
            waiting = self._every * (math.ceil(self._alert.for_ / self._every) - 1)
            moments.insert(0, Moment(changed + waiting, self._alert.name))
        return Case(self._title(name), self._step, series, tuple(moments))

    def trend_cases(self, condition: RunsOut) -> Iterator[Case]:
        """An alert on where a gauge is going."""
        limit, within = condition.limit, condition.within
        end = limit if not isinstance(limit, str) else _LIMIT
        at = self._settled()
        # How far it is from half of the way to the limit, in the direction in which it goes.
        away = (abs(end) or _LIMIT) / 2 * (-1 if condition.falls else 1)
        # It has to be on its way for as long as the alert waits.
        left = within - self._alert.for_ - 2 * self._every
        if left <= 0:
            raise CannotSynthesizeError("it looks hardly further ahead than it waits")
        for name, way, fires in (
            ("fires when the limit comes within reach", max(1.1, 1.05 * within / left), True),
            ("quiet when the limit stays out of reach", 0.9, False),
            ("quiet when nothing changes", 0.0, False),
        ):
            now, slope = end - away, way * away / within
            yield self._steady(name, self._going(now - slope * at, slope, limit, end), now if fires else None)
        if self._alert.for_ and at < within:
            # From the first sample on it would be there within the time, and it is not there when `for` is over.
            slope = min(4 * away / within, 3.6 * away / (within + at), key=abs)
            inputs = self._going(end - 1.8 * away, slope, limit, end)
            yield self._steady("only after `for`", inputs, end - 1.8 * away + slope * at, early=True)
        yield self._steady("quiet when its series are missing", Inputs(), None)

    def _going(self, begin: float, slope: float, limit: float | str, end: float) -> Inputs:
        """Series of a gauge that goes from a value on by so much a second, and of what limits it."""
        assert isinstance(self._signal.expression, Level)  # of nothing else is a trend asked for
        gauge = next(iter(self._synthesize(self._signal, _LIMIT, self._group).flows))
        scale = scale_of(self._definition, self._signal.expression.term[0])
        inputs = self._inputs(begin, limit, end)
        inputs.flows[gauge] = Flow(counter=False, amount=begin / scale, slope=slope / scale)
        return inputs

    def absence_cases(self) -> Iterator[Case]:
        """An alert on series that are not there."""
        yield self._steady("fires when its series are missing", Inputs(), 1.0, early=bool(self._alert.for_))
        yield self._steady("quiet when its series are there", self._synthesize(self._signal, 1.0, {}), None)

    # -- parts of a test ----------------------------------------------------------------------------------------------

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
        at_once = not any(flow.counter or flow.slope for flow in inputs.flows.values())
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
            values = declared.values
            group[label] = values[min(number, len(values) - 1)] if values is not None else f"{label}-{number + 1}"
        return group

    def _second_group(self) -> dict[str, str] | None:
        """Another group of the alert, if its labels leave room for one."""
        other = self._labels(1)
        return other if other != self._group else None
