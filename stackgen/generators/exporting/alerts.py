"""Alerts in a generated module: those that a process can evaluate by itself, from what it has recorded."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen import conventions
from stackgen.definition.context import PLACEHOLDER
from stackgen.definition.model import Above, Absent, Alert, Below, Condition, Drop, Growth, Guard, RunsOut
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.annotations import threshold_text
from stackgen.generators.exporting.recorded import Recorded
from stackgen.generators.exporting.signals import calculated
from stackgen.generators.exporting.source import bracketed, literal

#: A process keeps what it recorded for an hour.
_LONGEST = 3600.0


def rows(found: Recorded, room: int) -> list[str]:
    """The rows of the table."""
    return ["\n".join(bracketed("runtime.Alert(", _items(found, alert), ")", room=room)) for alert in _known(found)]


def _known(found: Recorded) -> Iterator[Alert]:
    """Alerts on signals that the process records, but for those that somebody outside has to see."""
    signals = {each.signal.key for each in calculated(found)}
    labels = {label.name for label in found.labels}
    for alert in found.definition.alerts.values():
        if (
            not isinstance(alert.condition, Absent)
            and set(_compared(alert)) <= signals
            and set(alert.per) <= labels
            and alert.window <= _LONGEST
        ):
            yield alert


def _compared(alert: Alert) -> Iterator[str]:
    """The signals that an alert is about."""
    yield alert.signal
    for condition in (alert.condition, alert.when.condition if alert.when else None):
        match condition:
            case Above(than, _) | Below(than, _) | RunsOut(than, _, _) if isinstance(than, str):
                yield than
    if alert.when is not None:
        yield alert.when.signal


def _items(found: Recorded, alert: Alert) -> list[str]:
    definition = found.definition
    bound = {label.name for label in definition.bound_labels}
    by = tuple(label for label in alert.per if label not in bound)
    known = {"threshold": threshold_text(definition, alert), "for": prometheus_duration(alert.for_)}
    text = " ".join(alert.summary.split())
    # The job is Prometheus's own; here it is the process itself.
    summary = PLACEHOLDER.sub(
        lambda word: known.get(word[1]) or ("this process" if word[1] == "job" else word[0]), text
    )
    unit = definition.signals[alert.signal].unit
    named = {
        "unit": unit,
        "severity": str(alert.severity) if str(alert.severity) != "warning" else "",
        "runbook": conventions.runbook_url(definition, alert.name),
        "by": by,
        "wait": alert.for_,
        "keep": alert.keep_firing_for,
    }
    items = [literal(alert.name), _condition(alert.signal, alert.condition), repr(alert.window), literal(summary)]
    items += [f"{key}={literal(value)}" for key, value in named.items() if value]
    return items + ([f"when={_guard(alert.when)}"] if alert.when else [])


def _guard(guard: Guard) -> str:
    return _condition(guard.signal, guard.condition)


def _condition(signal: str, condition: Condition) -> str:
    match condition:
        case Above(limit, or_equal):
            kind, span = ("at_least" if or_equal else "above"), 0.0
        case Below(limit, or_equal):
            kind, span = ("at_most" if or_equal else "below"), 0.0
        case Drop(limit, span):
            kind = "drop"
        case Growth(limit, span):
            kind = "growth"
        case RunsOut(limit, span, falls):
            kind = "runs_down" if falls else "runs_out"
        case Absent():
            raise AssertionError("what is absent is seen from outside")
    items = [literal(signal), literal(kind), literal(limit), *([f"span={span!r}"] if span else [])]
    return f"runtime.Condition({', '.join(items)})"
