"""dashboard/panel-datasource."""

from __future__ import annotations

import json

from tests.unit.checks.asking import board, dashboard, files, panel

ID = "dashboard/panel-datasource"


def test_a_fixed_datasource_is_found() -> None:
    assert dashboard(ID, board(panel(datasource={"uid": "P1"}))) == ["panel 'Evictions' uses the datasource 'P1'"]
    assert dashboard(ID, board(panel(datasource="P2"))) == ["panel 'Evictions' uses the datasource 'P2'"]
    assert dashboard(ID, board(panel(datasource=None))) == ["panel 'Evictions' names no datasource"]


def test_one_of_a_target_is_found_too() -> None:
    target = {"refId": "A", "expr": "up", "datasource": {"type": "prometheus", "uid": "P1"}}
    assert dashboard(ID, board(panel(targets=[target]))) == ["panel 'Evictions' uses the datasource 'P1'"]


def test_the_variable_and_grafanas_own_are_right() -> None:
    assert dashboard(ID, board(panel(datasource="$datasource"))) == []
    assert dashboard(ID, board(panel(datasource={"uid": "-- Mixed --"}))) == []


def test_an_expression_of_grafanas_own_has_none() -> None:
    computed = {
        "refId": "B",
        "datasource": {"type": "__expr__", "uid": "__expr__"},
        "type": "math",
        "expression": "$A*2",
    }
    assert dashboard(ID, board(panel(targets=[*panel()["targets"], computed]))) == []


def test_queries_of_other_datasources_are_left_alone() -> None:
    search = {"refId": "B", "datasource": {"type": "elasticsearch", "uid": "es"}, "query": "level:error"}
    named = {"refId": "C", "datasource": "Loki", "expr": '{app="x"}'}
    assert dashboard(ID, board(panel(targets=[*panel()["targets"], search, named]))) == []
    assert dashboard(ID, board(panel(datasource={"type": "loki", "uid": "P1"}))) == []


def test_a_variable_of_another_type_is_no_cure() -> None:
    loki = {"name": "a_loki", "type": "datasource", "query": "loki"}
    of = board(panel(datasource={"uid": "P1"}))
    of["templating"]["list"].append(loki)
    (found,) = files(ID, {"board.json": json.dumps(of)})
    assert found.cure == "write {type: prometheus, uid: ${datasource}}"
    of = board(panel(datasource={"type": "prometheus", "uid": "$a_loki"}))
    of["templating"]["list"].append(loki)
    assert dashboard(ID, of) == ["panel 'Evictions' uses the datasource '$a_loki'"]
