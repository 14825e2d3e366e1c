"""dashboard/multi-value-equality."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.checks.asking import board, dashboard, fixed, panel

ID = "dashboard/multi-value-equality"


def with_variable(expr: str, **settings: object) -> dict[str, Any]:
    data = board(panel(expr))
    data["templating"]["list"].append(
        {"name": "cache", "type": "query", "query": "label_values(up, cache)", **settings}
    )
    return data


@pytest.mark.parametrize("settings", [{"multi": True}, {"includeAll": True}])
def test_equality_with_a_variable_of_several_values_is_found(settings: dict[str, bool]) -> None:
    found = dashboard(ID, with_variable('sum(cache_entries{cache="$cache"})', **settings))
    assert found == ["cache= with $cache, which may have several values"]
    assert dashboard(ID, with_variable('sum(cache_entries{cache!="${cache}"})', **settings)) != []


def test_regular_expressions_and_variables_of_one_value_are_right() -> None:
    assert dashboard(ID, with_variable('sum(cache_entries{cache=~"$cache"})', multi=True)) == []
    assert dashboard(ID, with_variable('sum(cache_entries{cache="$cache"})', multi=False)) == []
    assert dashboard(ID, with_variable('sum(cache_entries{cache="main"})', multi=True)) == []


def test_what_a_panel_or_its_row_is_repeated_by_has_one_value() -> None:
    data = with_variable('sum(cache_entries{cache="$cache"})', multi=True)
    (asked,) = data["panels"]
    assert dashboard(ID, data | {"panels": [asked | {"repeat": "cache"}]}) == []
    row = {
        "type": "row",
        "title": "R",
        "collapsed": False,
        "panels": [],
        "repeat": "cache",
    }
    assert dashboard(ID, data | {"panels": [row, asked]}) == []
    assert dashboard(ID, data | {"panels": [row | {"repeat": "job"}, asked]}) != []


def test_job_and_instance_are_told_by_another_check() -> None:
    assert dashboard(ID, board(panel('sum(cache_entries{job="$job", instance="$instance"})'))) == []


def test_it_is_put_right() -> None:
    text = json.dumps(with_variable('sum(cache_entries{cache="$cache"})', multi=True))
    assert fixed(ID, text, "board.json") == text.replace('cache=\\"', 'cache=~\\"')
