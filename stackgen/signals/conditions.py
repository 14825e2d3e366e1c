"""Alert conditions as PromQL over recorded series."""

from __future__ import annotations

from dataclasses import dataclass, field

from stackgen.definition.model import (
    Above,
    Absent,
    Alert,
    Below,
    Definition,
    Drop,
    Growth,
    Raw,
    RunsOut,
    Selector,
    Signal,
)
from stackgen.definition.quantities import prometheus_duration
from stackgen.definition.raw_promql import references, split_suffix
from stackgen.definition.selectors import selectors_of
from stackgen.signals.promql import quoted, render, series
from stackgen.signals.recorded import Recorded, record, worth_recording
from stackgen.signals.scope import Scope

#: The label that every alert keeps beside those it is `per`.
ALWAYS_KEPT = "job"

#: From here on twelve digits would not tell all whole numbers apart (a TiB has thirteen).
_LARGE = 1e12


@dataclass(slots=True)
class AlertExpression:
    """An alert's expression, and the recordings that it needs, in the order in which they must run."""

    expr: str = ""
    recordings: list[Recorded] = field(default_factory=list)


def alert_expression(definition: Definition, alert: Alert) -> AlertExpression:
    """The expression that has a series, with the signal's value, for each group that the alert fires for."""
    result = AlertExpression()
    signal = definition.signals[alert.signal]
    by = kept_labels(alert)

    def value(key: str, *, history: bool = False) -> str:
        """A signal for the alert's groups: by its recorded series, which one with a history needs."""
        wanted = definition.signals[key]
        if history or worth_recording(wanted):
            recorded = record(definition, wanted, alert.window, by)
            if recorded not in result.recordings:
                result.recordings.append(recorded)
            return recorded.name
        scope = Scope(window=prometheus_duration(alert.window), by=by, own_by=False)
        return render(definition, wanted, scope)

    def side(than: float | str) -> str:
        return value(than) if isinstance(than, str) else number(than)

    match alert.condition:
        case Above(than) | Below(than):
            result.expr = f"{value(alert.signal)} {operator(alert.condition)} {side(than)}"
        case Drop(share, baseline):
            past = _past(value(alert.signal, history=True), baseline, alert.window)
            result.expr = f"{value(alert.signal, history=True)} < {number(1 - share)} * {past}"
        case Growth(share, baseline):
            past = _past(value(alert.signal, history=True), baseline, alert.window)
            # Of nothing everything is an increase, so there must have been something.
            result.expr = f"{value(alert.signal, history=True)} > {number(1 + share)} * ({past} > 0)"
        case RunsOut(limit, within, falls):
            now = value(alert.signal, history=True)
            trend = f"predict_linear({now}[{prometheus_duration(alert.window)}], {number(within)})"
            if falls:
                result.expr = f"{now} > {side(limit)} and {trend} <= {side(limit)}"
            else:
                full = f"({side(limit)} > 0)" if isinstance(limit, str) else side(limit)
                result.expr = f"{now} < {full} and {trend} >= {full}"
        case Absent():
            result.expr = _absent(definition, signal)
    if alert.when is not None:
        guarded = value(alert.when.signal, history=isinstance(alert.condition, Drop))
        if isinstance(alert.condition, Drop):
            guarded = _past(guarded, alert.condition.baseline, alert.window)
        guard = f"{guarded} {operator(alert.when.condition)} {side(alert.when.condition.than)}"
        result.expr = f"{result.expr} and {guard}"
    return result


def kept_labels(alert: Alert) -> tuple[str, ...]:
    """The labels that tell one firing of an alert from another."""
    return tuple(dict.fromkeys((ALWAYS_KEPT, *alert.per)))


def operator(condition: Above | Below) -> str:
    """The comparison of a condition."""
    return (">" if isinstance(condition, Above) else "<") + ("=" if condition.or_equal else "")


def number(value: float) -> str:
    """A number as PromQL writes it, without the noise of floating point; of a large one every digit."""
    return f"{value:.12g}" if abs(value) < _LARGE else f"{value:.15g}"


def _past(recorded: str, baseline: float, window: float) -> str:
    """The mean of a recorded series over the baseline that ends where the window begins."""
    return f"avg_over_time({recorded}[{prometheus_duration(baseline)}] offset {prometheus_duration(window)})"


def _absent(definition: Definition, signal: Signal) -> str:
    """True for each job that exposes none of the signal's series; `absent` takes the job from its own matcher."""
    if isinstance(signal.expression, Raw):
        named = next(references(signal.expression.promql)).name
        key, _ = split_suffix(named, definition.metrics.__contains__)
        selector = Selector(of=key)
    else:
        selector = selectors_of(signal.expression)[0]
    return " or ".join(
        f"absent({series(definition, selector, (f'{ALWAYS_KEPT}={quoted(job)}',))})" for job in definition.stack.jobs
    )
