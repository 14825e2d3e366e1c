"""Thresholds and states have the colours of the alerts that look at them."""

from __future__ import annotations

import pytest

from stackgen.definition.model import Above, Alert, Below, Condition, Drop, Level, Selector, Severity, Signal
from stackgen.generators.grafana import look
from stackgen.generators.grafana.thresholds import numbers, state_mappings, steps

GOOD = look.GOOD
WARNING, CRITICAL = look.SEVERITIES[Severity.WARNING], look.SEVERITIES[Severity.CRITICAL]


def alert(condition: Condition, severity: Severity = Severity.WARNING) -> Alert:
    return Alert(name="Any", signal="any", condition=condition, severity=severity, summary="")


def drawn(*alerts: Alert, countable: bool = False) -> list[tuple[float | None, str]]:
    return [(step["value"], step["color"]) for step in steps(alerts, GOOD, countable=countable)]


def colour(value: float, *alerts: Alert, countable: bool = False) -> str:
    """The colour that Grafana gives a value: that of the last step that is not above it."""
    return [colour for step, colour in drawn(*alerts, countable=countable) if step is None or step <= value][-1]


def test_without_an_alert_everything_is_good() -> None:
    assert drawn() == [(None, GOOD)]


def test_above_its_number_an_alert_colours_the_scale() -> None:
    assert drawn(alert(Above(0.05))) == [(None, GOOD), (0.05, WARNING)]


def test_below_its_number_an_alert_colours_the_scale() -> None:
    assert drawn(alert(Below(0.3), Severity.CRITICAL)) == [(None, CRITICAL), (0.3, GOOD)]


def test_where_two_alerts_hold_the_worse_one_counts() -> None:
    stages = alert(Above(0.01)), alert(Above(0.05), Severity.CRITICAL)
    assert drawn(*stages) == drawn(*reversed(stages)) == [(None, GOOD), (0.01, WARNING), (0.05, CRITICAL)]
    assert drawn(alert(Above(0.01), Severity.CRITICAL), alert(Above(0.05))) == [(None, GOOD), (0.01, CRITICAL)]


def test_a_signal_may_be_too_low_and_too_high() -> None:
    assert drawn(alert(Below(1)), alert(Above(9), Severity.CRITICAL)) == [(None, WARNING), (1, GOOD), (9, CRITICAL)]


def test_nothing_is_not_above_nothing() -> None:
    assert colour(0, alert(Above(0))) == GOOD
    assert colour(1e-6, alert(Above(0))) == WARNING
    assert colour(0, alert(Above(0, or_equal=True))) == WARNING
    assert colour(0, alert(Below(0, or_equal=True))) == WARNING
    assert colour(0, alert(Below(0))) == GOOD


def test_of_what_is_counted_a_whole_number_is_not_above_itself() -> None:
    for number in (1, 7, 10**6):
        assert colour(number, alert(Above(number)), countable=True) == GOOD
        assert colour(number + 1, alert(Above(number)), countable=True) == WARNING
        assert colour(number, alert(Above(number, or_equal=True)), countable=True) == WARNING
        assert colour(number, alert(Below(number, or_equal=True)), countable=True) == WARNING
        assert colour(number, alert(Below(number)), countable=True) == GOOD
        assert colour(number - 1, alert(Below(number)), countable=True) == WARNING


def test_of_what_is_measured_the_step_is_the_number() -> None:
    assert drawn(alert(Above(100))) == [(None, GOOD), (100, WARNING)]


def test_what_has_to_be_one_number_has_no_colour_there() -> None:
    both = alert(Below(1)), alert(Above(1), Severity.CRITICAL)
    assert [colour(value, *both, countable=True) for value in (0, 1, 2)] == [WARNING, GOOD, CRITICAL]


@pytest.mark.parametrize("condition", [Above("limit"), Drop(share=0.5, baseline=3600)])
def test_an_alert_without_a_number_draws_nothing(condition: Condition) -> None:
    assert drawn(alert(condition)) == [(None, GOOD)]
    assert numbers([alert(condition)]) == []


def states(good: str | None, *alerts: Alert) -> dict[str, tuple[str, str]]:
    """Each value's text and colour."""
    breaker = Signal(
        key="breaker",
        title="Breaker",
        expression=Level((Selector(of="breaker"),)),
        unit="count",
        good=good,
        states={0: "closed", 1: "half open", 2: "open"},
    )
    (mapping,) = state_mappings(breaker, alerts)
    return {value: (shown["text"], shown["color"]) for value, shown in mapping["options"].items()}


def test_a_state_has_the_colour_of_the_alert_that_holds_for_its_value() -> None:
    assert states("low", alert(Above(1), Severity.CRITICAL)) == {
        "0": ("closed", GOOD),
        "1": ("half open", WARNING),
        "2": ("open", CRITICAL),
    }


def test_of_states_where_high_is_good_the_highest_is_the_best() -> None:
    assert states("high", alert(Below(1), Severity.CRITICAL)) == {
        "0": ("closed", CRITICAL),
        "1": ("half open", WARNING),
        "2": ("open", GOOD),
    }


def test_states_that_are_neither_good_nor_bad_have_colours_of_their_own() -> None:
    colours = [colour for _, colour in states(None).values()]
    assert len(set(colours)) == 3
    assert not {WARNING, CRITICAL} & set(colours)


def test_a_quantity_has_no_states() -> None:
    signal = Signal(key="size", title="Size", expression=Level((Selector(of="size"),)), unit="bytes")
    assert state_mappings(signal, []) == []
