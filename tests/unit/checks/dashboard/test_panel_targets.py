"""dashboard/panel-targets."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/panel-targets"


def test_a_panel_without_a_query_is_found() -> None:
    assert dashboard(ID, board(panel(targets=[]))) == ["panel 'Evictions' has no query"]
    assert dashboard(ID, board(panel(targets=None))) == ["panel 'Evictions' has no query"]


def test_a_query_without_an_expression_is_found() -> None:
    (found,) = dashboard(ID, board(panel(targets=[{"refId": "A", "expr": " "}])))
    assert found == "a query of panel 'Evictions' has no expression"


def test_other_datasources_and_library_panels_have_theirs_elsewhere() -> None:
    logs = {"type": "loki", "uid": "x"}
    assert dashboard(ID, board(panel(datasource=logs, targets=[{"refId": "A", "datasource": logs}]))) == []
    assert dashboard(ID, board(panel(targets=None, libraryPanel={"uid": "x"}))) == []


def test_an_expression_of_grafanas_own_has_another_key() -> None:
    computed = {"refId": "B", "datasource": {"uid": "__expr__"}, "type": "math", "expression": "$A * 2"}
    assert dashboard(ID, board(panel(targets=[*panel()["targets"], computed]))) == []


@pytest.mark.parametrize("type_", ["grafana-clock-panel", "canvas", "geomap", "volkovlabs-form-panel", "text", "row"])
def test_panels_that_may_stand_without_data_need_no_query(type_: str) -> None:
    assert dashboard(ID, board(panel(type=type_, targets=None))) == []
