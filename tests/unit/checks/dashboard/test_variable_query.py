"""dashboard/variable-query."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.checks.asking import DATASOURCE, board, dashboard, rule_file

ID = "dashboard/variable-query"


def asking(query: object, **settings: object) -> dict[str, Any]:
    data = board()
    variable = {"name": "cache", "type": "query", "datasource": DATASOURCE, "query": query, "refresh": 2, **settings}
    data["templating"]["list"].append(variable)
    return data


@pytest.mark.parametrize(
    "query",
    [
        "label_values(cache_entrys, cache)",
        'label_values(cache_entrys{job=~"$job", instance=~"a,b"}, cache)',
        {"query": "label_values(cache_entrys, cache)", "refId": "A"},
        "query_result(topk(3, cache_entrys))",
    ],
)
def test_a_metric_that_nothing_exposes_is_found(query: object) -> None:
    found = dashboard(ID, asking(query))
    assert found == ["the variable 'cache' asks for 'cache_entrys', which nothing exposes"]


def test_a_label_that_the_metric_does_not_have_is_found() -> None:
    found = dashboard(ID, asking("label_values(cache_entries, cash)"))
    assert found == ["the variable 'cache' asks for 'cash', and 'cache_entries' has no such label"]


@pytest.mark.parametrize(
    "query",
    [
        "label_values(cache_entries, cache)",
        'label_values(cache_entries{job=~"$job"}, instance)',
        "label_values(job)",
        "label_values(orders_total, shop)",
        "label_values($metric, shop)",
        'label_values({__name__=~"cache_.*"}, cache)',
        "metrics(cache_entrys)",
        "label_values(((, cache)",
    ],
)
def test_what_there_is_and_what_nobody_knows_is_right(query: str) -> None:
    assert dashboard(ID, asking(query)) == []


def test_other_datasources_are_not_asked_and_recordings_are_known() -> None:
    logs = {"type": "loki", "uid": "x"}
    assert dashboard(ID, asking("label_values(cache_entrys, cache)", datasource=logs)) == []
    recording = rule_file("- record: cache_own\n  expr: sum by (cache) (cache_entries)")
    assert dashboard(ID, asking("label_values(cache_own, cache)"), ("rules.yaml", recording)) == []
