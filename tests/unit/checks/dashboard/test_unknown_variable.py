"""dashboard/unknown-variable."""

from __future__ import annotations

from tests.unit.checks.asking import MATCH, board, dashboard, panel

ID = "dashboard/unknown-variable"


def test_a_variable_that_there_is_not_is_found() -> None:
    assert dashboard(ID, board(panel('sum(up{job=~"$jobs"})'))) == ["no variable 'jobs'"]
    assert dashboard(ID, board(panel("topk(${limit}, up)"))) == ["no variable 'limit'"]


def test_the_dashboards_and_grafanas_own_are_right() -> None:
    expr = f'sum(rate(up{{{MATCH}}}[$__rate_interval])) * $__range_s + on () label_replace(up, "a", "$1", "b", "(.*)")'
    assert dashboard(ID, board(panel(expr))) == []
