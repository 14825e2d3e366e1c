"""Signals as recorded series: computed once by a recording rule, used by every rule after it.

Names are `level:metric:operations` (Prometheus, "Recording rules"): the labels that are left, what it is, and how it
came about: `job_cache_backend:cache_hit_ratio:ratio_rate5m`.
"""

from __future__ import annotations

from dataclasses import dataclass

from stackgen.definition.model import (
    UP,
    Age,
    Definition,
    Increase,
    Info,
    Level,
    Mean,
    Quantile,
    Rate,
    Ratio,
    Raw,
    Signal,
)
from stackgen.definition.quantities import prometheus_duration
from stackgen.definition.selectors import selectors_of
from stackgen.signals.promql import render
from stackgen.signals.scope import Scope


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording rule: the name of the series and the expression behind it."""

    name: str
    expr: str
    signal: str


def record(definition: Definition, signal: Signal, window: float, by: tuple[str, ...]) -> Recorded:
    """The recording of a signal over a window (seconds), with one series for each combination of `by`."""
    scope = Scope(window=prometheus_duration(window), by=by, own_by=False)
    level = "_".join(by)
    return Recorded(
        f"{level}:{definition.name}_{signal.key}:{_operations(definition, signal, scope.window)}",
        render(definition, signal, scope),
        signal.key,
    )


def _operations(definition: Definition, signal: Signal, window: str) -> str:
    """The last part of a recorded series' name."""
    match signal.expression:
        case Rate():
            return f"rate{window}"
        case Increase():
            return f"increase{window}"
        case Ratio(part, _):
            counters = all(selector.of != UP and definition.metrics[selector.of].type != "gauge" for selector in part)
            return f"ratio_rate{window}" if counters else "ratio"
        case Quantile(_, q):
            return f"p{100 * q:g}_rate{window}".replace(".", "_")
        case Mean():
            return f"mean_rate{window}"
        case Level(_, aggregate):
            return aggregate
        case Age():
            return "age"
        case Info():
            return "info"
        case Raw():
            return f"value{window}"


def worth_recording(signal: Signal) -> bool:
    """Whether a recording saves anything: not for `up`, which is one sample per target already."""
    return all(selector.of != UP for selector in selectors_of(signal.expression))
