"""The parts of a promtool test, as data: input series over time, and what must fire when."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stackgen.definition.quantities import prometheus_duration
from stackgen.signals.synthesis import Flow, Identity, text


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of time, in steps, in which a series keeps its flow; without one it ends, as a gone target's."""

    flow: Flow | None
    steps: int


@dataclass(frozen=True, slots=True)
class Firing:
    """One alert that must be firing: its labels and annotations."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Moment:
    """What must fire, and nothing else, of one alert at a time (seconds from the start)."""

    at: float
    alert: str
    firing: tuple[Firing, ...] = ()


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether an alert with certain labels is firing at a time (seconds), whatever its annotations say."""

    at: float
    labels: Mapping[str, str]
    firing: bool


@dataclass(frozen=True, slots=True)
class Absence:
    """An expression that has no series at a time (seconds)."""

    at: float
    expr: str


@dataclass(frozen=True, slots=True)
class Value:
    """The value, to six decimals, of an expression that has one series, at a time (seconds)."""

    at: float
    expr: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Case:
    """One test: its name, the step of its samples (seconds), its series, and what is expected."""

    name: str
    step: float
    series: Mapping[Identity, Sequence[Phase]]
    moments: tuple[Moment, ...] = ()
    presences: tuple[Presence, ...] = ()
    values: tuple[Value, ...] = ()
    absences: tuple[Absence, ...] = ()


def as_promtool(case: Case) -> dict[str, object]:
    """A test as `promtool test rules` reads it."""
    test: dict[str, object] = {
        "name": case.name,
        "interval": prometheus_duration(case.step),
        "input_series": [
            {"series": text(identity), "values": values(phases, case.step)} for identity, phases in case.series.items()
        ],
    }
    if case.moments:
        test["alert_rule_test"] = [_alert_test(moment) for moment in case.moments]
    expressions = [
        *map(_presence_test, case.presences),
        *map(_value_test, case.values),
        *map(_absence_test, case.absences),
    ]
    if expressions:
        test["promql_expr_test"] = expressions
    return test


def _alert_test(moment: Moment) -> dict[str, object]:
    alerts = [
        {"exp_labels": dict(firing.labels), "exp_annotations": dict(firing.annotations)} for firing in moment.firing
    ]
    return {"eval_time": prometheus_duration(moment.at), "alertname": moment.alert, "exp_alerts": alerts}


def _presence_test(presence: Presence) -> dict[str, object]:
    """Prometheus writes the series `ALERTS` for each alert that is pending or fires."""
    series = text(("ALERTS", (*presence.labels.items(), ("alertstate", "firing"))))
    samples = [{"labels": series, "value": 1}] if presence.firing else []
    return {"expr": series, "eval_time": prometheus_duration(presence.at), "exp_samples": samples}


def _absence_test(absence: Absence) -> dict[str, object]:
    return {"expr": absence.expr, "eval_time": prometheus_duration(absence.at), "exp_samples": []}


def _value_test(value: Value) -> dict[str, object]:
    """Values are compared to the last bit, so both sides are rounded, as Prometheus's `round` does it."""
    sample = {"labels": text(("", tuple(value.labels.items()))), "value": math.floor(value.value * 1e6 + 0.5) / 1e6}
    expr = f"round({value.expr}, 0.000001)"
    return {"expr": expr, "eval_time": prometheus_duration(value.at), "exp_samples": [sample]}


def values(phases: Sequence[Phase], step: float) -> str:
    """The samples of a series in promtool's notation: `start+increment x count` for each phase."""
    parts = []
    level = 0.0
    for index, phase in enumerate(phases):
        if phase.flow is None:
            parts.append(f"stale _x{phase.steps}")
        elif phase.flow.counter:
            increment = phase.flow.amount * step
            start = level if index == 0 else level + increment
            count = phase.steps if index == 0 else phase.steps - 1
            parts.append(f"{_plain(start)}+{_plain(increment)}x{count}")
            level = start + increment * count
        else:
            count = phase.steps if index == 0 else phase.steps - 1
            slope = phase.flow.slope * step
            sign = "-" if slope < 0 else "+"
            # A time goes on with the clock from where it would be by now.
            past = sum(each.steps for each in phases[:index]) + 1 if phase.flow.clock and index else 0
            parts.append(f"{_plain(phase.flow.amount + past * slope)}{sign}{_plain(abs(slope))}x{count}")
    return " ".join(parts)


def _plain(value: float) -> str:
    """A number without exponent, which promtool's notation takes for the next part."""
    if value == math.floor(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.12f}".rstrip("0").rstrip(".")
