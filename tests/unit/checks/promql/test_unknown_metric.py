"""promql/unknown-metric."""

from __future__ import annotations

from tests.unit.checks.asking import alert, board, dashboard, expression, files, panel, rules

ID = "promql/unknown-metric"


def test_a_name_like_the_definitions_that_is_none_is_unknown() -> None:
    assert expression(ID, "cache_operations > 1") == ["nothing exposes 'cache_operations'"]


def test_what_lacks_total_is_told_the_name_with_it() -> None:
    (found,) = files(ID, {"rules.yaml": alert("cache_operations > 1")})
    assert found.cure == "did you mean 'cache_operations_total'?"


def test_metrics_of_others_are_left_alone() -> None:
    assert expression(ID, "node_load1 > 1 or up == 0 or ALERTS > 0") == []


def test_recorded_names_are_known() -> None:
    recorded = "- record: cache_operations:sum\n  expr: sum(cache_entries)"
    assert rules(ID, f"{recorded}\n- alert: X\n  expr: cache_operations:sum > 1") == []


def test_a_name_that_a_variable_completes_is_not_judged() -> None:
    assert dashboard(ID, board(panel("sum(cache_${what}_total)"))) == []


def test_without_a_definition_nothing_is_unknown() -> None:
    assert expression(ID, "cache_operations > 1", definition="") == []
