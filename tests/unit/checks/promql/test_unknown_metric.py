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


def told(expr: str) -> list[tuple[str, str]]:
    return [(each.level, each.cure) for each in files(ID, {"rules.yaml": alert(expr)})]


def test_a_cure_names_what_is_close_and_nothing_else() -> None:
    assert told("cache_evictoins_total > 1") == [("error", "did you mean 'cache_evictions_total'?")]
    assert told("cache_zzz > 1") == [("error", "write the name of a metric that is there, or expose this one")]


def test_what_is_asked_to_be_absent_need_not_be_there() -> None:
    assert told("absent(cache_zzz)") == told("absent_over_time(cache_zzz[1h])") == told("absent(sum(cache_zzz))") == []
    assert told("absent(cache_zzz) and cache_zzz > 1") != []


def test_a_side_of_or_may_have_no_series() -> None:
    assert told("(cache_zzz or cache_entries) > 1") == told("(sum(cache_entries) or sum(cache_zzz)) > 1") == []
    assert [level for level, _ in told("(sum(rate(cache_zzz_total[5m])) or vector(0)) > 0")] == ["info"]
    assert [level for level, _ in told("(cache_zzz or cache_yyy) > 1")] == ["info", "info"]
    assert [level for level, _ in told("(cache_zzz or node_load1) > 1")] == ["info"]
    assert [level for level, _ in told("cache_zzz / (cache_size_bytes or cache_entries)")] == ["error"]
