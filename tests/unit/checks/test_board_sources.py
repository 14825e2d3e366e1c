"""Which expressions of a dashboard are for Prometheus: those of other datasources are neither read nor rewritten."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.checks.asking import board, dashboard, fixed, panel

SYNTAX = "promql/syntax"
LOGQL = 'sum by (level) (bytes_rate({app="x"}[5m]))'
VARIABLES = [
    {"name": "datasource", "type": "datasource", "query": "prometheus"},
    {"name": "logs", "type": "datasource", "query": "loki"},
]


def asking(source: Any, *, own: Any = None, expr: str = LOGQL, **changes: Any) -> dict[str, Any]:
    """A dashboard with one panel of a source, whose target has its own, or none."""
    target = {"refId": "A", "expr": expr} | ({} if own is None else {"datasource": own})
    return board(panel(datasource=source, targets=[target], **changes), templating={"list": VARIABLES})


@pytest.mark.parametrize(
    "source",
    [{"type": "loki", "uid": "P1"}, {"type": "loki", "uid": "$logs"}, {"uid": "${logs}"}, "$logs", "[[logs]]", "Loki"],
)
def test_a_target_without_a_datasource_asks_its_panels(source: Any) -> None:
    assert dashboard(SYNTAX, asking(source)) == []


@pytest.mark.parametrize("source", [{"type": "prometheus", "uid": "P1"}, "$datasource", {"uid": "$datasource"}, None])
def test_what_is_for_prometheus_or_not_known_is_read(source: Any) -> None:
    assert dashboard(SYNTAX, asking(source)) != []


def test_a_targets_own_datasource_comes_first() -> None:
    mixed, loki = {"type": "datasource", "uid": "-- Mixed --"}, {"type": "loki", "uid": "$logs"}
    assert dashboard(SYNTAX, asking(mixed, own=loki)) == dashboard(SYNTAX, asking("$datasource", own="$logs")) == []
    assert dashboard(SYNTAX, asking(loki, own={"type": "prometheus", "uid": "P1"})) != []


def test_an_exported_dashboard_says_the_kinds_of_its_inputs() -> None:
    inputs = [{"name": "DS_LOGS", "type": "datasource", "pluginId": "loki"}]
    assert dashboard(SYNTAX, asking("${DS_LOGS}") | {"__inputs": inputs}) == []


def test_what_only_logql_has_is_not_read_where_the_kind_is_not_known() -> None:
    assert dashboard(SYNTAX, asking({"uid": "P1"}, expr='{app="x"} |= `error`')) == []
    assert dashboard(SYNTAX, asking({"uid": "P1"}, expr='sum(rate({app="x"} | json [5m]))')) == []
    assert dashboard(SYNTAX, asking({"uid": "P1"}, type="logs")) == []
    assert dashboard(SYNTAX, asking({"uid": "P1"}, expr='up{job=~"a|b"} >')) != []


def test_variables_of_other_datasources_are_left_alone() -> None:
    variable = {"name": "x", "type": "query", "query": "label_values(cache_evictions, x)", "datasource": "$logs"}
    of = board(templating={"list": [*VARIABLES, variable]})
    assert dashboard("dashboard/variable-query", of) == []
    of = board(templating={"list": [*VARIABLES, variable | {"datasource": "$datasource"}]})
    assert dashboard("dashboard/variable-query", of) != []


def test_fixing_leaves_what_is_not_for_prometheus_as_it_is() -> None:
    expr = 'sum(rate({app=~"x", job!~"^a.*$"}[5m]))'
    text = json.dumps(asking({"type": "loki", "uid": "$logs"}, expr=expr), indent=2)
    assert fixed("promql/needless-regex", text, "board.json") == text
    text = json.dumps(asking("$datasource", expr=expr), indent=2)
    assert fixed("promql/needless-regex", text, "board.json") != text
