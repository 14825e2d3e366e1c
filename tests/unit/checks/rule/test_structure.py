"""rule/structure."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import files, rules

ID = "rule/structure"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("groups: {}", "has to be a list of groups"),
        ("groups: []\nrules: []", "Prometheus knows no key 'rules' here"),
        ("groups: [cache]", "is no group"),
        ("groups: [{rules: []}]", "the group has no name"),
        ("groups: [{name: a, rules: {}}]", "has to be a list of rules"),
        ("groups: [{name: a, rules: [x]}]", "is no rule"),
        ("groups: [{name: a, rules: [{record: 'a:b'}]}]", "has no expression"),
        ("groups: [{name: a, rules: [{expr: up}]}]", "is neither an alert nor a recording"),
        ("groups: [{name: a, rules: [{record: 'a:b', alert: A, expr: up}]}]", "is an alert and a recording at once"),
        ("groups: [{name: a, rules: [{record: 'a:b', expr: up, for: 5m}]}]", "a recording has no `for`"),
        ("groups: [{name: a, rules: [{record: 'a-b', expr: up}]}]", "'a-b' is no name of a metric"),
        ("groups: [{name: a, rules: [{record: 'a:b', expr: up, labels: {a-b: c}}]}]", "'a-b' is no name of a label"),
        ("groups: [{name: a, rules: [{record: 'a:b', expr: up, labels: [a]}]}]", "has to be a mapping of texts"),
        ("groups: [{name: a, rules: [{record: 'a:b', expr: [up]}]}]", "has to be text"),
        ("groups: [{name: a, interval: often, rules: []}]", "'often' is no duration"),
        ("groups: [{name: a, rules: []}, {name: a, rules: []}]", "a group 'a' stands on line 1 already"),
    ],
)
def test_what_prometheus_does_not_read_is_found(text: str, problem: str) -> None:
    assert problem in [each.problem for each in files(ID, {"rules.yaml": text})]


def test_numbers_as_label_values_are_texts() -> None:
    assert rules(ID, "- record: a:b\n  expr: 1\n  labels: {shard: 1, on: true}") == []


def test_a_prometheus_rule_of_kubernetes_is_read_from_its_spec() -> None:
    text = "kind: PrometheusRule\nmetadata: {name: x}\nspec: {groups: [{name: a, rules: [{expr: up}]}]}"
    assert [each.path for each in files(ID, {"rules.yaml": text})] == ["spec.groups[0].rules[0]"]
