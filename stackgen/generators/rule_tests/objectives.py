"""Tests of an objective's alerts: which of page and ticket fires, at which rate of burning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackgen import conventions
from stackgen.definition.budgets import PAGE, TICKET, error_budget
from stackgen.definition.model import Above, Below, Definition, Guard, Increase, Rate, Slo
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.annotations import slo_annotations
from stackgen.generators.rule_tests.courses import Segment, course
from stackgen.generators.rule_tests.document import Absence, Case, Firing, Moment, Phase, Presence, Value
from stackgen.generators.rule_tests.levels import Levels, levels
from stackgen.generators.rule_tests.templates import filled, humanize_duration
from stackgen.signals.burn_rates import WINDOWS
from stackgen.signals.promql import scale_of
from stackgen.signals.synthesis import (
    CannotSynthesizeError,
    Flow,
    Identity,
    counts_for,
    synthesize,
    synthesize_error_ratio,
    text,
)

#: Seconds between samples: two of them fit into the shortest window.
_STEP = 120.0
#: The same where windows see different things: each of them is a whole number of steps.
_FINE_STEP = 150.0
#: Steps that are long enough for the shortest window to be full, up to an evaluation; the others then see the same.
_STEADY = 30


def slo_cases(definition: Definition, slo: Slo) -> Iterator[Case]:
    """All tests of an objective."""
    tests = _ObjectiveTests(definition, slo)
    yield from tests.steady_cases()
    yield from tests.pair_cases()
    yield from tests.silent_cases()
    yield from tests.guard_cases()


class _ObjectiveTests:
    """What the tests of one objective share."""

    def __init__(self, definition: Definition, slo: Slo) -> None:
        self._definition = definition
        self._slo = slo
        self._alert = conventions.slo_alert_name(definition, slo.key)
        self._labels = conventions.slo_labels(definition, slo.key)
        self._limits = {
            severity: [(burn, burn.factor(slo.period) * error_budget(slo)) for burn in burns]
            for severity, burns in (("page", PAGE), ("ticket", TICKET))
        }

        self._check_guard()

    def _check_guard(self) -> None:
        """Raises CannotSynthesizeError where what the guard counts depends on how much of it is bad."""
        if self._slo.when is None:
            return
        guard = self._definition.signals[self._slo.when.signal]
        counted = {
            sum(
                flow.amount
                for identity, flow in synthesize_error_ratio(self._definition, self._slo, ratio).flows.items()
                if counts_for(self._definition, guard, identity)
            )
            for ratio in (0.25, 0.5)
        }
        if len(counted) > 1:
            raise CannotSynthesizeError("its guard counts some of the events alone, bad ones or good ones")

    def steady_cases(self) -> Iterator[Case]:
        """Every window sees the same ratio of errors, so the pair with the lowest limit decides."""
        page = min(limit for _, limit in self._limits["page"])
        ticket = min(limit for _, limit in self._limits["ticket"])
        for name, ratio in (
            ("page and ticket just above the slowest page", page * 1.01),
            ("ticket alone just below it", page * 0.99),
            ("ticket just above the slowest ticket", ticket * 1.01),
            ("nothing just below it", ticket * 0.99),
            ("nothing when all is good", 0.0),
        ):
            if ratio <= 1:
                yield self._steady_case(name, ratio)

    def pair_cases(self) -> Iterator[Case]:
        """One pair of windows alone sees a burning budget; then one of its windows just does not.

        Only who fires is expected: over a window that is good in part, Prometheus 2 and 3 differ in the fourth digit.
        """
        calm = 0.3 * min(limit for limits in self._limits.values() for _, limit in limits)
        for severity, limits in self._limits.items():
            for burn, limit in limits:
                for name, short, long in (
                    (f"{severity} when {burn.name} burns", 1.25, 1.25),
                    (f"no {severity} when {burn.name} has burnt", 0.8, 1.6),
                    (f"no {severity} when {burn.name} begins to burn", 1.6, 0.8),
                ):
                    seen = {burn.short: short * limit, burn.long: long * limit}
                    segments = course(seen, calm)
                    if all(segment.ratio <= 1 for segment in segments):
                        labels = {"alertname": self._alert, **self._labels, **conventions.slo_alert_labels(severity)}
                        fires = min(short, long) > 1
                        yield self._course_case(name, segments, labels, fires)

    def _course_case(self, name: str, segments: list[Segment], labels: dict[str, str], fires: bool) -> Case:
        indicator = synthesize_error_ratio(self._definition, self._slo, 0.0).flows
        phases: dict[Identity, list[Phase]] = {}
        for segment in segments:
            steps = round(segment.seconds / _FINE_STEP)
            for identity, flow in self._flows(segment.ratio).items():
                scale = segment.traffic if identity in indicator else 1.0
                phases.setdefault(identity, []).append(Phase(replace(flow, amount=flow.amount * scale), steps))
        end = sum(segment.seconds for segment in segments)
        series = {identity: tuple(each) for identity, each in phases.items()}
        return Case(self._title(name), _FINE_STEP, series, presences=(Presence(end, labels, firing=fires),))

    def silent_cases(self) -> Iterator[Case]:
        """Where nothing is counted, nothing is bad."""
        moments = (Moment(_STEADY * _STEP, self._alert),)
        still = {key: (Phase(Flow(counter=True, amount=0.0), _STEADY + 2),) for key in self._flows(0.5)}
        # Of nothing there is no ratio. Without its guard there is one, as Sloth has it: no number.
        recorded = (
            f'count by (__name__) ({{__name__=~"slo:sli_error:ratio_rate.+", sloth_id="{self._labels["sloth_id"]}"}})'
        )
        absences = (Absence(_STEADY * _STEP, recorded),) if self._slo.guard else ()
        yield Case(self._title("nothing when there is no traffic"), _STEP, still, moments, absences=absences)
        yield Case(self._title("nothing when its series are missing"), _STEP, {}, moments)

    def guard_cases(self) -> Iterator[Case]:
        """With a little more and a little less traffic than the guard of a pair asks for."""
        when = self._slo.when
        if when is None or isinstance(when.condition, Below):
            return
        guard = self._levels(when, edge=0.1)
        for severity, limits in self._limits.items():
            for burn, limit in limits:
                # The faster pair of a severity does not burn at this, and the slower one asks for traffic over longer.
                ratio = 1.25 * limit
                for name, level, fires in (
                    (f"{severity} when the guard of {burn.name} just holds", guard.beyond, True),
                    (f"no {severity} when the guard of {burn.name} just does not hold", guard.within, False),
                ):
                    if ratio <= 1:
                        yield self._guard_case(name, severity, ratio, self._spread(when, level, burn.long), fires)

    def _guard_case(self, name: str, severity: str, ratio: float, wanted: float, fires: bool) -> Case:
        assert self._slo.when is not None
        flows = self._guarded(ratio, self._slo.when, wanted)
        series = {identity: (Phase(flow, _STEADY + 2),) for identity, flow in flows.items()}
        labels = {"alertname": self._alert, **self._labels, **conventions.slo_alert_labels(severity)}
        return Case(self._title(name), _STEP, series, presences=(Presence(_STEADY * _STEP, labels, firing=fires),))

    def _guarded(self, ratio: float, when: Guard, wanted: float) -> dict[Identity, Flow]:
        """Series of which a share is bad, and a value of the guard's signal."""
        inputs = synthesize_error_ratio(self._definition, self._slo, ratio)
        guard = self._definition.signals[when.signal]
        shared = {each for each in inputs.flows if counts_for(self._definition, guard, each)}
        total = sum(inputs.flows[identity].amount for identity in shared)
        if total and isinstance(guard.expression, Rate | Increase):
            if isinstance(guard.expression, Increase):
                wanted /= _STEADY * _STEP
            factor = wanted / total / scale_of(self._definition, guard.expression.term[0])
            return {key: replace(flow, amount=flow.amount * factor) for key, flow in inputs.flows.items()}
        inputs.merge(synthesize(self._definition, guard, wanted, {}, window=_STEADY * _STEP))
        return inputs.flows

    def _levels(self, when: Guard, edge: float = 0.01) -> Levels:
        """Levels of the guard's signal."""
        assert not isinstance(when.condition.than, str)  # a guard is compared with a number
        signal = self._definition.signals[when.signal]
        return levels(self._definition, signal, when.condition, when.condition.than, edge=edge)

    def _spread(self, when: Guard, level: float, window: float) -> float:
        """A level of the guard's signal in the time that a test lasts, so that it is `level` over a longer window."""
        rate = isinstance(self._definition.signals[when.signal].expression, Rate)
        return level * window / (_STEADY * _STEP) if rate and isinstance(when.condition, Above) else level

    def _flows(self, ratio: float) -> dict[Identity, Flow]:
        """Series of which a share is bad, and as much traffic as the guard asks for over the longest window."""
        when = self._slo.when
        if when is None:
            return synthesize_error_ratio(self._definition, self._slo, ratio).flows
        far = self._levels(when).far
        return self._guarded(ratio, when, self._spread(when, far, WINDOWS[-1]))

    def _steady_case(self, name: str, ratio: float) -> Case:
        bad = self._flows(ratio)
        series = {identity: (Phase(flow, _STEADY + 2),) for identity, flow in bad.items()}
        at = _STEADY * _STEP
        moment = Moment(at, self._alert, tuple(self._firing(ratio)))
        return Case(self._title(name), _STEP, series, (moment,), values=tuple(self._recorded(at, ratio)))

    def _recorded(self, at: float, ratio: float) -> Iterator[Value]:
        """The error ratio that must be recorded for each window."""
        for window in WINDOWS:
            labels = {**self._labels, "sloth_window": prometheus_duration(window)}
            name = f"slo:sli_error:ratio_rate{prometheus_duration(window)}"
            yield Value(at, text((name, tuple(self._labels.items()))), labels, ratio)

    def _firing(self, ratio: float) -> Iterator[Firing]:
        """Which alerts fire when every window sees the same ratio."""
        for severity, limits in self._limits.items():
            burning = [burn for burn, limit in limits if ratio > limit]
            if burning:
                texts = slo_annotations(self._definition, self._slo, severity, [burn for burn, _ in limits])
                annotations = {key: filled(template, ratio, self._labels) for key, template in texts.items()}
                annotations["burning_windows"] = "".join(f"{burn.name} " for burn in burning)
                burnt = ratio / error_budget(self._slo)
                lasting = max(0.0, 1 - burnt) * self._slo.period / burnt
                annotations["budget_lasts"] = humanize_duration(lasting)
                labels = {"alertname": self._alert, **self._labels, **conventions.slo_alert_labels(severity)}
                yield Firing(labels, annotations)

    def _title(self, name: str) -> str:
        return f"{self._alert}: {name}"
