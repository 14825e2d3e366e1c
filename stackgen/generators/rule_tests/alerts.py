"""Tests of one alert: it fires when it should and only after `for`, and is quiet in all other cases."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from stackgen.definition.model import (
    Above,
    Absent,
    Age,
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
)
from stackgen.generators.rule_tests.changes import ChangeTests
from stackgen.generators.rule_tests.document import Absence, Case, Firing, Moment, Phase, Presence
from stackgen.generators.rule_tests.levels import Levels, levels, with_leeway
from stackgen.generators.rule_tests.subject import LIMIT, SHARE_LIMIT, AlertTests
from stackgen.signals.conditions import EXPORTER_SERIES, alert_expression
from stackgen.signals.promql import scale_of
from stackgen.signals.synthesis import (
    INSTANCE,
    Flow,
    Inputs,
    bystanders,
    counts_for,
)

#: How many times what a window holds from before a first sample after it is to be.
_DROWNING = 10_000.0


def alert_cases(definition: Definition, alert: Alert, every: float) -> Iterator[Case]:
    """All tests of an alert, for rules that are evaluated `every` so many seconds.

    Raises CannotSynthesizeError where no series are known that move its signal.
    """
    match alert.condition:
        case Above(than, _) | Below(than, _):
            yield from _ThresholdTests(definition, alert, every).threshold_cases(than)
        case Drop() | Growth():
            yield from ChangeTests(definition, alert, every).change_cases(alert.condition)
        case RunsOut():
            yield from ChangeTests(definition, alert, every).trend_cases(alert.condition)
        case Absent() if alert.per:
            yield from _GoneTests(definition, alert, every).gone_cases()
        case Absent():
            yield from _AbsenceTests(definition, alert, every).absence_cases()


class _ThresholdTests(AlertTests):
    """The tests of an alert that compares its signal with a number or with another signal."""

    def threshold_cases(self, than: float | str) -> Iterator[Case]:
        """An alert that compares its signal with a number or with another signal."""
        condition = self._alert.condition
        assert isinstance(condition, Above | Below)
        limit = than if not isinstance(than, str) else SHARE_LIMIT if self._signal.unit == "ratio" else LIMIT
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

    def _guarded_at(self, wanted: float, value: float, than: float | str, limit: float) -> Inputs:
        """The same with the guard's signal at a level of its own."""
        assert self._alert.when is not None
        inputs = self._inputs(value, than, limit)
        guard = self._definition.signals[self._alert.when.signal]
        total = sum(
            flow.amount for identity, flow in inputs.flows.items() if counts_for(self._definition, guard, identity)
        )
        if isinstance(guard.expression, Rate) and not isinstance(self._signal.expression, Rate | Level | Age):
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
        if isinstance(self._signal.expression, Level | Age):
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


class _AbsenceTests(AlertTests):
    """The tests of an alert on series that are not there."""

    def absence_cases(self) -> Iterator[Case]:
        """An alert on series that are not there."""
        yield self._steady("fires when its series are missing", Inputs(), 1.0, early=bool(self._alert.for_))
        there = Inputs()
        for job in self._definition.stack.jobs:
            there.merge(self._synthesize(self._signal, 1.0, {"job": job}))
        yield self._steady("quiet when its series are there", there, None)
        if EXPORTER_SERIES in alert_expression(self._definition, self._alert).expr:
            yield self._steady("quiet when nothing was recorded yet", self._idle_exporters(there), None)

    def _idle_exporters(self, there: Inputs) -> Inputs:
        """What generated exporters expose before anything is recorded in open labels."""
        known = self._definition.labels
        idle = Inputs()
        for identity, flow in there.flows.items():
            if all(known[label].closed or known[label].bind for label, _ in identity[1] if label in known):
                idle.add(identity, flow)
        for job in self._definition.stack.jobs:
            labels = (("job", job), ("instance", INSTANCE), ("definition", self._definition.name))
            idle.add((EXPORTER_SERIES, labels), Flow(counter=False, amount=10.0))
        return idle

    def _firing(self, value: float | None) -> tuple[Firing, ...]:
        """One alert for each job that is looked at."""
        firing: list[Firing] = []
        for job in self._definition.stack.jobs:
            self._group = {"job": job}
            firing += super()._firing(value)
        return tuple(firing)


class _GoneTests(AlertTests):
    """The tests of an alert on groups whose series have ended."""

    def gone_cases(self) -> Iterator[Case]:
        """An alert on groups whose series have ended."""
        there, other = self._there(self._group), Inputs()
        if second := self._second_group():
            other = self._there(second)
        yield self._ending(there, other)
        both = Inputs({**there.flows, **other.flows})
        yield self._steady("quiet when its series are there", both, None)
        yield self._steady("quiet when its series were never there", other, None)

    def _there(self, group: Mapping[str, str]) -> Inputs:
        return self._synthesize(self._signal, 1.0, group)

    def _ending(self, there: Inputs, other: Inputs) -> Case:
        """One group's series end, which is told until the window has forgotten them; another's go on."""
        steps, every = round(self._settled() / self._step), self._every
        last = every * math.ceil(self._alert.window / every + 2)
        after = math.ceil(last / self._step) + 2
        ended, waited = steps * self._step, every * math.ceil(self._alert.for_ / every)
        moments = [Moment(ended + waited + every, self._alert.name, self._firing(1.0))]
        if waited:
            moments.insert(0, Moment(ended + waited - every, self._alert.name))
        if not self._alert.keep_firing_for:
            moments.append(Moment(ended + last, self._alert.name))
        series = self._ended(there, other, steps, after)
        return Case(self._title("fires when a group's series end"), self._step, series, tuple(moments))
