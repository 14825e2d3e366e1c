"""What a panel has to ask so that it shows what alerts compare, and which of their numbers it may draw.

An alert's number is about a value over the alert's window, for each of its groups. Drawn beside anything else, a panel
would be coloured while no alert fires, or plain while one does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stackgen.definition.model import (
    UP,
    Above,
    Absent,
    Alert,
    Below,
    Definition,
    Increase,
    Info,
    Level,
    Mean,
    MetricType,
    PanelKind,
    Quantile,
    Rate,
    Ratio,
    Raw,
    RunsOut,
    Signal,
)
from stackgen.definition.raw_promql import BY, WINDOW
from stackgen.definition.selectors import selectors_of
from stackgen.signals.conditions import ALWAYS_KEPT, kept_labels

#: Alert windows, in seconds, from which on panels take rates over them too. A job that runs once a day has a mean over
#: a day; over the minute or two of a graph's step it has none but for a moment.
_LONG = 3600.0
#: Functions of raw PromQL whose value grows with their window.
_GROWING = re.compile(r"\b(increase|delta|changes|resets|count_over_time|sum_over_time)\s*\(")
#: Aggregations of raw PromQL that add up.
_ADDING = re.compile(r"\s*(sum|count)\b")
#: Kinds of panels that show one number, or one for each of a few things.
_NUMBERS = (PanelKind.STAT, PanelKind.GAUGE, PanelKind.BARGAUGE)


@dataclass(frozen=True, slots=True)
class Worst:
    """The `aggregate` (min, max) over the groups of an alert, which are told apart by these labels."""

    aggregate: str
    labels: tuple[str, ...]


def window_of(definition: Definition, signal: Signal, alerts: Sequence[Alert]) -> float | None:
    """The window in seconds over which a panel reads a signal that these alerts are on; None: Grafana's own.

    Of windows that differ the longest: what any of the alerts counts is seen in it. Of what does not grow with its
    window, Grafana's own is as good, unless all alerts look at far more than a step of a graph.
    """
    windows = [each.window for each in alerts if not isinstance(each.condition, Absent | RunsOut)]
    if not windows or not _has_window(definition, signal):
        return None
    return max(windows) if _grows(signal) or min(windows) >= _LONG else None


def drawn(definition: Definition, signal: Signal, alerts: Sequence[Alert], labels: Sequence[str]) -> tuple[Alert, ...]:
    """Those of a signal's alerts whose numbers are true for what a panel shows of it, split by these labels."""
    window = window_of(definition, signal, alerts)
    return tuple(
        each
        for each in alerts
        if (not _grows(signal) or window in (None, each.window)) and _same_groups(definition, signal, each, labels)
    )


def worst_of(
    definition: Definition, signal: Signal, alerts: Sequence[Alert], labels: Sequence[str], kind: PanelKind
) -> Worst | None:
    """What a single number has to be of the groups of its alerts, so that none of them is lost in a mean of all.

    None where the number is of such a group; where it is a sum, or the largest or least already; and where an alert
    leaves groups out by its guard: an idle one must not be what is shown.
    """
    numbered = [
        each
        for each in alerts
        if isinstance(each.condition, Above | Below) and not isinstance(each.condition.than, str)
    ]
    aggregates = {"max" if isinstance(each.condition, Above) else "min" for each in numbered}
    groups = {frozenset(each.per) for each in numbered}
    if kind not in _NUMBERS or len(aggregates) != 1 or len(groups) != 1 or any(each.when for each in numbered):
        return None
    (aggregate,) = aggregates
    match signal.expression:
        case Ratio() | Quantile() | Mean():
            pass
        case Level(_, how) if how not in ("sum", aggregate):
            pass
        case Raw(text) if BY in text and not _adds_up(signal):
            pass
        case _:
            return None
    fixed = _fixed(definition, signal)
    wanted = tuple(each for each in kept_labels(numbered[0]) if each not in fixed)
    missing = tuple(each for each in wanted if each not in labels)
    return Worst(aggregate, missing) if missing and {*labels} - fixed <= {*wanted} else None


def _has_window(definition: Definition, signal: Signal) -> bool:
    """Whether the value of a signal depends on a window at all."""
    match signal.expression:
        case Level() | Info():
            return False
        case Ratio(part, _):
            return part[0].of != UP and definition.metrics[part[0].of].type is not MetricType.GAUGE
        case Raw(text):
            return WINDOW in text
    return True


def _grows(signal: Signal) -> bool:
    """Whether a signal is the larger the longer its window is."""
    if isinstance(signal.expression, Raw):
        return WINDOW in signal.expression.promql and _GROWING.search(signal.expression.promql) is not None
    return isinstance(signal.expression, Increase)


def _adds_up(signal: Signal) -> bool:
    """Whether a signal of several groups is the sum of theirs, and so is of another size than any of them."""
    match signal.expression:
        case Rate() | Increase():
            return True
        case Level(_, aggregate):
            return aggregate == "sum"
        case Raw(text):
            return _ADDING.match(text) is not None and "/" not in text
    return False


def _same_groups(definition: Definition, signal: Signal, alert: Alert, labels: Sequence[str]) -> bool:
    """Whether an alert's number is true for a signal that is split by these labels.

    A share, a mean or a quantile of several groups lies between theirs: where it is beyond the number, one of theirs
    is too. A sum says so of nothing but 0.
    """
    if not _adds_up(signal):
        return True
    fixed = _fixed(definition, signal)
    shown, judged = {*labels} - fixed, {*kept_labels(alert)} - fixed
    any_at_all = isinstance(signal.expression, Rate | Increase) and alert.condition == Above(0)
    return shown == judged or (any_at_all and shown < judged)


def _fixed(definition: Definition, signal: Signal) -> set[str]:
    """The labels that have one value in all that a signal reads."""
    fixed = {ALWAYS_KEPT} if len(definition.stack.jobs) == 1 else set()
    fixed |= {name for name, label in definition.labels.items() if label.budget == 1}
    if not isinstance(signal.expression, Raw):
        picked = [
            {name for name, values in each.where.items() if len(values) == 1}
            for each in selectors_of(signal.expression)
        ]
        fixed |= set.intersection(*picked) if picked else set()
    return fixed
