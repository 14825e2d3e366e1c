"""rule/template-label."""

from __future__ import annotations

from tests.unit.checks.asking import rules

ID = "rule/template-label"


def found(expr: str, text: str = "{{ $labels.instance }}", labels: str = "{}") -> list[str]:
    return rules(ID, f"- alert: X\n  expr: {expr}\n  labels: {labels}\n  annotations: {{summary: '{text}'}}")


def test_a_label_that_an_aggregation_drops_is_found() -> None:
    assert found("sum by (job) (up) > 1") == ["no series of the expression has the label 'instance'"]
    assert found("sum without (instance) (up) > 1") != []
    assert found("up == on (job) group_left () x") == []
    assert found("up == on (job) x") != []


def test_the_rules_own_labels_are_no_help() -> None:
    assert found("sum(up) > 1", labels="{instance: x}") != []


def test_labels_that_are_there_or_may_be_are_right() -> None:
    assert found("up == 0") == found("foo > 1") == found("sum by (instance) (foo) > 1") == []
    assert found("absent(up{instance='x'})") == []


def test_absence_knows_the_labels_that_it_asks_for_alone() -> None:
    assert found("absent(up{job='x'})") != []


def test_fields_of_other_samples_are_left_alone() -> None:
    assert found("sum(up) > 1", '{{ range query "up" }}{{ .Labels.instance }}{{ end }}') == []
    assert found("sum(up) > 1", "{{ .Labels.instance }}") != []
