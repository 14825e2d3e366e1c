"""rule/value-label."""

from __future__ import annotations

import pytest

from stackgen.findings import Level
from tests.unit.checks.asking import files, rule_file

ID = "rule/value-label"


def found(label: str, *, wait: str = "5m") -> list[tuple[Level, int]]:
    text = f"- alert: X\n  expr: up == 0\n  for: {wait}\n  labels: {{severity: page, x: '{label}'}}"
    return [(each.level, each.place.column) for each in files(ID, {"rules.yaml": rule_file(text)})]


@pytest.mark.parametrize(
    "label",
    [
        "{{ $value }}",
        "{{ .Value | humanize }}",
        '{{ printf "%.0f" $value }}',
        '{{ with query "up" }}{{ . | first | value }}{{ end }}',
        '{{ range query "up" }}{{ .Value }}{{ end }}',
        "{{ if gt $value 5.0 }}{{ $value }}{{ end }}",
    ],
)
def test_a_value_that_is_printed_in_a_label_is_found(label: str) -> None:
    assert [level for level, _ in found(label)] == ["error"]


def test_it_is_told_where_the_value_is() -> None:
    text = rule_file("- alert: X\n  expr: up == 0\n  for: 5m\n  labels: {x: 'about {{ $value }}'}")
    (one,) = files(ID, {"rules.yaml": text})
    assert text.splitlines()[one.place.line - 1][one.place.column - 1 :] == "$value }}'}"


def test_without_for_it_fires_and_is_a_warning() -> None:
    assert [level for level, _ in found("{{ $value }}", wait="0s")] == ["warning"]


@pytest.mark.parametrize(
    "label",
    ["{{ $labels.job }}", "{{ if gt $value 5.0 }}high{{ else if gt $value 2.0 }}low{{ else }}none{{ end }}", "value"],
)
def test_labels_of_few_values_are_right(label: str) -> None:
    assert found(label) == []


def test_annotations_may_hold_it() -> None:
    text = "- alert: X\n  expr: up == 0\n  for: 5m\n  annotations: {summary: '{{ $value }}'}"
    assert files(ID, {"rules.yaml": rule_file(text)}) == []
