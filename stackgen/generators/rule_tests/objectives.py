"""Tests of an objective's alerts: which of page and ticket fires, at which rate of burning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackgen import conventions
from stackgen.definition.budgets import PAGE, TICKET, error_budget
from stackgen.definition.model import Above, Definition, Slo
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.annotations import slo_annotations
from stackgen.generators.rule_tests.courses import Segment, course
from stackgen.generators.rule_tests.document import Absence, Case, Firing, Moment, Phase, Presence, Value
from stackgen.generators.rule_tests.templates import filled, humanize_duration
from stackgen.signals.burn_rates import WINDOWS
from stackgen.signals.synthesis import Flow, Identity, counts_for, synthesize, synthesize_error_ratio, text

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
                        labels = {"alertname": self._alert, **self._labels, "sloth_severity": severity}
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
        """With a little more and a little less traffic than the guard asks for."""
        when = self._slo.when
        if when is None or isinstance(when.condition.than, str):
            return
        ratio = min(1.0, 2 * min(limit for _, limit in self._limits["page"]))
        guard = self._definition.signals[when.signal]
        for name, factor in (
            ("page and ticket when the guard just holds", 1.1),
            ("nothing when it just does not", 0.9),
        ):
            wanted = when.condition.than * (factor if isinstance(when.condition, Above) else 1 / factor)
            inputs = synthesize_error_ratio(self._definition, self._slo, ratio)
            shared = {each for each in inputs.flows if counts_for(self._definition, guard, each)}
            if shared:
                scale = wanted / sum(inputs.flows[identity].amount for identity in shared)
                flows = {key: replace(flow, amount=flow.amount * scale) for key, flow in inputs.flows.items()}
            else:
                inputs.merge(synthesize(self._definition, guard, wanted, {}, window=WINDOWS[0]))
                flows = inputs.flows
            series = {identity: (Phase(flow, _STEADY + 2),) for identity, flow in flows.items()}
            labels = {"alertname": self._alert, **self._labels}
            presences = tuple(
                Presence(_STEADY * _STEP, {**labels, "sloth_severity": severity}, firing=factor > 1)
                for severity in self._limits
            )
            yield Case(self._title(name), _STEP, series, presences=presences)

    def _flows(self, ratio: float) -> dict[Identity, Flow]:
        """Series of which a share is bad, and as much traffic as the guard asks for."""
        inputs = synthesize_error_ratio(self._definition, self._slo, ratio)
        when = self._slo.when
        if when is not None and not isinstance(when.condition.than, str):
            guard = self._definition.signals[when.signal]
            level = when.condition.than * 50 if isinstance(when.condition, Above) else when.condition.than / 50
            inputs.merge(synthesize(self._definition, guard, level, {}, window=WINDOWS[0]))
        return inputs.flows

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
                yield Firing({"alertname": self._alert, **self._labels, "sloth_severity": severity}, annotations)

    def _title(self, name: str) -> str:
        return f"{self._alert}: {name}"
