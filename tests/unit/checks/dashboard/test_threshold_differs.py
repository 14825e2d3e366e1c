"""dashboard/threshold-differs."""

from __future__ import annotations

from tests.unit.checks.asking import MATCH, alert, board, dashboard, panel, rule_file

ID = "dashboard/threshold-differs"


SHARE = 'sum by (job) (rate(a_total{{result="hit"{0}}}[{1}])) / (sum by (job) (rate(a_total{{x!=""{0}}}[{1}])) > 0)'
DRAWN = SHARE.format(f", {MATCH}", "$__rate_interval")


def found(drawn: float, rule: str) -> list[str]:
    steps = [{"color": "red", "value": None}, {"color": "green", "value": drawn}]
    defaults = {"unit": "percentunit", "thresholds": {"mode": "absolute", "steps": steps}}
    return dashboard(ID, board(panel(DRAWN, fieldConfig={"defaults": defaults})), ("rules.yaml", rule))


def test_another_value_than_the_alerts_is_found() -> None:
    assert found(0.8, alert(SHARE.format("", "5m") + " < 0.3")) == ["drawn at 0.8, and Example fires at 0.3"]


def test_recordings_are_seen_through() -> None:
    rules = f"- record: a:ratio\n  expr: {SHARE.format('', '5m')}\n- alert: X\n  expr: a:ratio < 0.3"
    assert found(0.8, rule_file(rules)) != []
    assert found(0.3, rule_file(rules)) == []


def test_the_same_value_and_alerts_on_something_else_are_right() -> None:
    assert found(0.3, alert(SHARE.format("", "5m") + " < 0.3")) == []
    assert found(0.8, alert("up < 0.3")) == []


def test_a_step_just_above_nothing_is_that_of_an_alert_on_nothing() -> None:
    assert found(1e-9, alert(SHARE.format("", "5m") + " <= 0")) == []
    assert found(1e-3, alert(SHARE.format("", "5m") + " <= 0")) == ["drawn at 0.001, and Example fires at 0"]
