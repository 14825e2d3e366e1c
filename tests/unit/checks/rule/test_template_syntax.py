"""rule/template-syntax."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import files, rule_file, rules

ID = "rule/template-syntax"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ $value | humanizeBytes }}", "templates have no function 'humanizeBytes'"),
        ("{{ $value", "`{{` without `}}`"),
        ("$value }}", "`}}` without `{{`"),
        ("{{ if gt $value 1.0 }}x", "a block without `{{ end }}`"),
        ("{{ end }}", "`end` without a block"),
        ("{{ $lables.job }} is slow", "templates have no variable '$lables'"),
        ("{{ range $at, $each := query `up` }}{{ $eech }}{{ end }}", "templates have no variable '$eech'"),
        ("{{ }}", "an empty `{{ }}`"),
    ],
)
def test_what_cannot_be_expanded_is_found(text: str, problem: str) -> None:
    assert rules(ID, f"- alert: X\n  expr: up == 0\n  annotations: {{summary: '{text}'}}") == [problem]


@pytest.mark.parametrize(
    "text",
    [
        "{{ $value | humanize1024 }}B",
        "{{- /* why { */ -}}",
        '{{ printf "%.2f {{" $value }}',
        '{{ range query "up" }}{{ .Labels.job }}{{ else }}none{{ end }}',
        "{{ $x := $labels.job }}{{ $x | toUpper }}",
        "{{ if and (gt $value 1e3) (lt $value 2e3) }}a{{ else if eq 1 1 }}b{{ end }}",
        "{{ range $at, $each := query `up` }}{{ $at }} {{ $each.Value }} {{ $.Value }}{{ end }}",
        "{{ $externalLabels.cluster }} {{ $externalURL }}",
        '{{ reReplaceAll "(.*)" "$1" $labels.job }}',
        "plain { text } for $5",
    ],
)
def test_templates_of_prometheus_are_right(text: str) -> None:
    quoted = text.replace("'", "''")
    assert rules(ID, f"- alert: X\n  expr: up == 0\n  annotations: {{summary: '{quoted}'}}") == []


def test_it_points_at_the_function() -> None:
    summary = r'"Takes \"{{ $value | humanizeBytes }}\""'
    text = rule_file(f"- alert: X\n  expr: up == 0\n  annotations:\n    summary: {summary}")
    (found,) = files(ID, {"rules.yaml": text})
    assert text.split("\n")[found.place.line - 1][found.place.column - 1 :].startswith("humanizeBytes")
