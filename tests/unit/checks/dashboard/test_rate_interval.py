"""dashboard/rate-interval."""

from __future__ import annotations

import json

from tests.unit.checks.asking import alert, board, dashboard, fixed, panel

ID = "dashboard/rate-interval"


def found(expr: str) -> list[str]:
    return dashboard(ID, board(panel(expr)))


def test_fixed_windows_and_interval_are_found() -> None:
    assert found("sum(rate(x_total[5m]))") == ["rate() over [5m]"]
    assert found("sum(irate(x_total[$__interval]))") == ["irate() over [$__interval]"]


def test_they_are_put_right() -> None:
    wrong = json.dumps(board(panel('sum(rate(x_total{a="b"}[5m]))')))
    assert fixed(ID, wrong, "board.json") == json.dumps(board(panel('sum(rate(x_total{a="b"}[$__rate_interval]))')))


def test_windows_that_were_chosen_are_right() -> None:
    for expr in ("rate(x_total[$__rate_interval])", "rate(x_total[${__rate_interval}])", "rate(x_total[$window])"):
        assert found(f"sum({expr})") == []
    assert found("sum(increase(x_total[1h]))") == []
    assert found("max_over_time(sum(rate(x_total[5m]))[1h:5m])") == []


def test_a_long_window_of_a_rule_over_the_same_metric_is_right() -> None:
    def beside(window: str) -> list[str]:
        rule = ("rules.yaml", alert(f"sum(rate(x_total[{window}])) > 1"))
        return dashboard(ID, board(panel(f"sum(rate(x_total[{window}]))")), rule)

    assert beside("1d") == []
    assert beside("5m") == ["rate() over [5m]"]
    other = ("rules.yaml", alert("sum(rate(y_total[1d])) > 1"))
    assert dashboard(ID, board(panel("sum(rate(x_total[1d]))")), other) == ["rate() over [1d]"]
