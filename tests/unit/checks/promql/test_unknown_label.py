"""promql/unknown-label."""

from __future__ import annotations

from tests.unit.checks.asking import alert, expression, files, place

ID = "promql/unknown-label"


def test_a_matcher_on_a_label_that_there_is_not_selects_nothing() -> None:
    found = expression(ID, 'cache_evictions_total{operation="get"} > 1')
    assert found == ["'cache_evictions_total' has no label 'operation', so the selector matches nothing"]


def test_it_points_at_the_matcher() -> None:
    assert place(ID, 'cache_evictions_total{job="a", operation="get"} > 1').startswith('operation="get"')


def test_an_aggregation_by_it_is_a_warning() -> None:
    (found,) = files(ID, {"rules.yaml": alert("sum by (job, operation) (cache_entries) > 1")})
    assert (found.level, found.problem) == ("warning", "sum by 'operation', which cache_entries does not have")


def test_labels_of_targets_may_be_anywhere() -> None:
    assert expression(ID, 'sum by (job, pod, namespace) (cache_entries{cluster="eu"}) > 1') == []


def test_who_asks_for_absence_may_name_any_label() -> None:
    assert expression(ID, 'cache_entries{tier="", kind!="x"} > 1') == []


def test_a_label_that_an_aggregation_has_dropped_is_gone() -> None:
    assert expression(ID, "sum by (cache) (sum by (job) (cache_entries)) > 1") != []
