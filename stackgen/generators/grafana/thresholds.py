"""Thresholds on panels: the numbers of the alerts over the same signal, and what a state's values mean."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from stackgen.definition.model import Above, Alert, Below, Severity, Signal, Threshold
from stackgen.generators.grafana import look
from stackgen.generators.grafana.adapter import Json

_WORST_FIRST = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)

#: How far above a number, as a share of it, a step is that begins behind it.
_HAIR = 1e-9


def numbers(alerts: Sequence[Alert | Threshold]) -> list[float]:
    """The numbers that these alerts compare with, ascending; an alert that compares with another signal has none."""
    return sorted({number for alert in alerts if (number := _number(alert)) is not None})


def steps(alerts: Sequence[Alert | Threshold], otherwise: str, *, countable: bool = False) -> list[Json]:
    """Grafana's threshold steps: between any two of them the colour of the worst alert that holds, else `otherwise`.

    Grafana counts a value on a step as above it; an alert on "above" begins just behind it. Where a value often is the
    number itself (0, and of what is `countable` any whole number) the step is therefore a hair above it. Of all else
    it is where the alert's number is.
    """
    edges = [(alert, edge) for alert in alerts if (edge := _edge(alert, countable=countable)) is not None]
    bounds = [float("-inf"), *sorted({edge for _, edge in edges}), float("inf")]
    result: list[Json] = []
    for low, high in pairwise(bounds):
        severity = _worst(edges, low, high)
        colour = look.SEVERITIES[severity] if severity else otherwise
        if not result or result[-1]["color"] != colour:
            result.append({"color": colour, "value": None if low == float("-inf") else low})
    return result


def state_mappings(signal: Signal, alerts: Sequence[Alert | Threshold]) -> list[Json]:
    """Grafana's value mappings: each state's name, coloured by the alert that holds for its value.

    Where no alert holds, the best state (the lowest of a signal for which low is good) has the colour of what is good,
    the states between have that of a warning; if neither way is good, each state has a colour of its own.
    """
    if not signal.states:
        return []
    values = sorted(signal.states)
    best = {"low": values[0], "high": values[-1]}.get(signal.good or "")
    options = {}
    for position, value in enumerate(values):
        severity = _worst_at(alerts, value)
        if severity:
            colour = look.SEVERITIES[severity]
        elif best is None:
            colour = look.series_colour(signal.states[value], position)
        else:
            colour = look.GOOD if value == best else look.SEVERITIES[Severity.WARNING]
        options[str(value)] = {"color": colour, "index": position, "text": signal.states[value]}
    return [{"type": "value", "options": options}]


def _number(alert: Alert | Threshold) -> float | None:
    if isinstance(alert.condition, Above | Below) and not isinstance(alert.condition.than, str):
        return float(alert.condition.than)
    return None


def _edge(alert: Alert | Threshold, *, countable: bool) -> float | None:
    """Where an alert's colour begins or ends, for Grafana, which counts a value on a step as above it."""
    number, condition = _number(alert), alert.condition
    if number is None or not isinstance(condition, Above | Below):
        return None
    # The number itself belongs to what is below: `above` does not hold for it, `at_most` does.
    belongs_below = isinstance(condition, Above) != condition.or_equal
    seen = number == 0 or (countable and number.is_integer())
    return number + _HAIR * max(1, abs(number)) if seen and belongs_below else number


def _worst(edges: Sequence[tuple[Alert | Threshold, float]], low: float, high: float) -> Severity | None:
    """The worst severity among the alerts that hold for every value between `low` and `high`."""
    holding = set()
    for alert, edge in edges:
        if low >= edge if isinstance(alert.condition, Above) else high <= edge:
            holding.add(alert.severity)
    return next((severity for severity in _WORST_FIRST if severity in holding), None)


def _worst_at(alerts: Sequence[Alert | Threshold], value: float) -> Severity | None:
    holding = set()
    for alert in alerts:
        number = _number(alert)
        if number is None:
            continue
        condition = alert.condition
        assert isinstance(condition, Above | Below)  # it has a number
        beyond = value > number if isinstance(condition, Above) else value < number
        if beyond or (condition.or_equal and value == number):
            holding.add(alert.severity)
    return next((severity for severity in _WORST_FIRST if severity in holding), None)
