"""dashboard/legend-unknown-label."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/legend-unknown-label"


def found(expr: str, legend: str) -> list[str]:
    return dashboard(ID, board(panel(targets=[{"refId": "A", "expr": expr, "legendFormat": legend}])))


def test_a_label_that_is_not_kept_is_found() -> None:
    assert found("sum(cache_entries)", "{{cache}}") == ["no series of the expression has the label 'cache'"]
    assert found("sum by (job) (cache_entries)", "{{ job }} {{ cache }}") != []
    assert found("cache_entries", "{{cash}}") != []


def test_labels_that_are_there_or_may_be_are_right() -> None:
    assert found("sum by (cache) (cache_entries)", "{{cache}}") == []
    assert found("cache_entries", "{{cache}} of {{instance}} {{__name__}}") == []
    assert found("orders", "{{shop}}") == []
    assert found("sum(cache_entries)", "Entries") == []
    assert found("topk(5, sum by ($group) (cache_entries))", "{{cache}}") == []
