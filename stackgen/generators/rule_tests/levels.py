"""Values of a signal on either side of a threshold."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stackgen.definition.model import Above, Below, Definition, Level, Mean, Quantile, Ratio, Signal
from stackgen.signals.conditions import number
from stackgen.signals.promql import scale_of
from stackgen.signals.synthesis import part_is_counted

#: How close to the threshold a value on its very edge is.
_EDGE = 0.01


@dataclass(frozen=True, slots=True)
class Levels:
    """What a signal is set to in tests."""

    #: Far beyond the threshold; a rate is beyond it as soon as a part of its window is filled.
    far: float
    #: Just beyond, and just not.
    beyond: float
    within: float
    #: Where it should be.
    healthy: float
    #: On it, where that can be hit without rounding; None where not.
    on: float | None = None


def levels(
    definition: Definition, signal: Signal, condition: Above | Below, threshold: float, *, edge: float = _EDGE
) -> Levels:
    """Values for tests of a condition with a threshold (a number in the signal's unit), `edge` being close to it."""
    found = _from_zero(condition) if threshold == 0 else _on_a_scale(condition, threshold, edge)
    if threshold <= 1 and is_share(definition, signal):
        between = (1 + threshold) / 2
        if isinstance(condition, Above):
            just = min(found.beyond, between) if threshold else edge
            found = replace(found, far=between, beyond=just)
        else:
            found = replace(found, within=min(found.within, between) if threshold else edge, healthy=between)
    elif isinstance(signal.expression, Quantile):
        found = _in_reach(found, condition, threshold, *reach(definition, signal.expression))
    elif isinstance(signal.expression, Mean) and isinstance(condition, Above) and threshold:
        found = replace(found, far=threshold * 2)
    return replace(found, on=threshold) if _can_be_hit(definition, signal, threshold) else found


def _from_zero(condition: Above | Below) -> Levels:
    """On either side of nothing there is no multiple of it; what is never negative is quiet, or fires, on it."""
    match condition:
        case Above(_, or_equal=False):
            return Levels(10.0, 0.5, 0.0, 0.0)
        case Above():
            return Levels(10.0, 0.5, -0.5, -10.0)
        case Below(_, or_equal=False):
            return Levels(-10.0, -0.5, 0.5, 10.0)
    return Levels(0.0, 0.0, 0.5, 10.0)


def _on_a_scale(condition: Above | Below, threshold: float, edge: float) -> Levels:
    """Multiples of the threshold: larger ones lie beyond what is above a positive or below a negative number."""
    more, less = threshold * (1 + edge), threshold * (1 - edge)
    if isinstance(condition, Above) == (threshold > 0):
        return Levels(threshold * 50, more, less, threshold / 10)
    return Levels(threshold / 50, less, more, threshold * 2)


def _in_reach(found: Levels, condition: Above | Below, threshold: float, least: float, most: float) -> Levels:
    """The same, no further away than a quantile can be by the buckets that it is computed from."""
    if isinstance(condition, Below):
        return replace(found, far=max(found.far, least), beyond=max(found.beyond, least))
    far = min(threshold * 2, most * 0.95)
    return replace(found, far=far, within=max(found.within, least), healthy=max(found.healthy, least))


def reach(definition: Definition, quantile: Quantile) -> tuple[float, float]:
    """The least and the largest value of a quantile: within a bucket it is interpolated, in the first one from 0."""
    metric = definition.metrics[quantile.of.of]
    first = metric.buckets[0]
    return (first * quantile.q if first > 0 else first) * metric.scale, metric.buckets[-1] * metric.scale


def _can_be_hit(definition: Definition, signal: Signal, threshold: float) -> bool:
    """Whether a gauge can be set so that what the rule compares is equal to the last bit."""
    if not isinstance(signal.expression, Level) or scale_of(definition, signal.expression.term[0]) != 1:
        return False
    return float(f"{threshold:.12f}") == float(number(threshold))


def is_share(definition: Definition, signal: Signal) -> bool:
    """Whether a signal is between 0 and 1: a ratio whose part is taken from its whole, or that is meant so."""
    if not isinstance(signal.expression, Ratio):
        return False
    return signal.unit == "ratio" or part_is_counted(definition, signal.expression)


def with_leeway(signal: Signal) -> Signal:
    """The same signal; of a quantile, one with so many more observations below that a few slow ones do not move it."""
    if isinstance(signal.expression, Quantile):
        return replace(signal, expression=replace(signal.expression, q=1 - (1 - signal.expression.q) / 10))
    return signal
