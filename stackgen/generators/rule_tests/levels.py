"""Values of a signal on either side of a threshold."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stackgen.definition.model import Above, Below, Definition, Level, Mean, Quantile, Ratio, Signal

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


def levels(definition: Definition, signal: Signal, condition: Above | Below, threshold: float) -> Levels:
    """Values for tests of a condition with a threshold (a number in the signal's unit)."""
    exact = threshold if isinstance(signal.expression, Level) else None
    if isinstance(condition, Below):
        healthy = (1 + threshold) / 2 if _is_share(signal) else threshold * 2
        return Levels(threshold / 50, threshold * (1 - _EDGE), threshold * (1 + _EDGE), healthy, exact)
    if threshold == 0:
        return Levels(10.0, 0.5, 0.0, 0.0, exact)
    far = threshold * 50
    if _is_share(signal):
        far = (1 + threshold) / 2
    elif isinstance(signal.expression, Quantile):
        metric = definition.metrics[signal.expression.of.of]
        far = min(threshold * 2, metric.buckets[-1] * metric.scale * 0.95)
    elif isinstance(signal.expression, Mean):
        far = threshold * 2
    return Levels(far, threshold * (1 + _EDGE), threshold * (1 - _EDGE), threshold / 10, exact)


def _is_share(signal: Signal) -> bool:
    """Whether a signal is between 0 and 1: a ratio whose part is taken from its whole."""
    return isinstance(signal.expression, Ratio) and signal.unit == "ratio"


def with_leeway(signal: Signal) -> Signal:
    """The same signal; of a quantile, one with so many more observations below that a few slow ones do not move it."""
    if isinstance(signal.expression, Quantile):
        return replace(signal, expression=replace(signal.expression, q=1 - (1 - signal.expression.q) / 10))
    return signal
