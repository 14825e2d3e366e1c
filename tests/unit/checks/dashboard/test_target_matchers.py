"""dashboard/target-matchers."""

from __future__ import annotations

from tests.unit.checks.asking import MATCH, board, dashboard, panel, rule_file

ID = "dashboard/target-matchers"


def found(expr: str) -> list[str]:
    return dashboard(ID, board(panel(expr)))


def test_a_selector_that_does_not_follow_is_found() -> None:
    assert found("sum(cache_entries)") == ["the selector of cache_entries does not match job and instance"]
    assert found('sum(cache_entries{job=~"$job"})') == ["the selector of cache_entries does not match instance"]
    assert found('sum(cache_entries{job="$job", instance=~"$instance"})') != []


def test_each_selector_has_to() -> None:
    assert len(found(f"sum(cache_entries{{{MATCH}}}) / (sum(cache_size_bytes) > 0)")) == 1


def test_matchers_on_the_variables_are_right_in_any_writing() -> None:
    assert found(f"sum(cache_entries{{{MATCH}}})") == []
    assert found('sum(cache_entries{job=~"${job:regex}", instance=~"[[instance]]|"})') == []


def test_recorded_series_match_what_they_have_left() -> None:
    recording = rule_file("- record: job:cache_entries:sum\n  expr: sum by (job) (cache_entries)")
    data = board(panel('sum(job:cache_entries:sum{job=~"$job"})'))
    assert dashboard(ID, data, ("rules.yaml", recording)) == []


def test_alerts_and_dashboards_without_the_variables_are_left_alone() -> None:
    assert found('count(ALERTS{alertstate="firing"})') == []
    assert dashboard(ID, board(panel("sum(up)"), templating={"list": []})) == []
