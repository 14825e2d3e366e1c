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


RESOURCE = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: %s}
spec:
  groups:
    - {name: a, rules: [{alert: A, expr: up == 0, when: always}]}
"""


def test_each_resource_of_a_file_is_looked_at() -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"
    text = "---\n".join((RESOURCE % "one", service, RESOURCE % "two"))
    found = files(ID, {"all.yaml": text})
    assert [(each.place.line, each.path) for each in found] == [
        (6, "spec.groups[0].rules[0].when"),
        (17, "spec.groups[0].rules[0].when"),
    ]


def test_the_documents_before_one_that_is_no_yaml_are_looked_at() -> None:
    (found,) = files(ID, {"all.yaml": RESOURCE % "one" + "---\ngroups: [\n"})
    assert found.place.line == 6


def test_each_resource_of_a_list_is_looked_at() -> None:
    item = "- " + (RESOURCE % "one").replace("\n", "\n  ").rstrip(" ")
    (found,) = files(ID, {"list.yaml": f"apiVersion: v1\nkind: List\nitems:\n{item}"})
    assert found.path == "items[0].spec.groups[0].rules[0].when"


def test_plain_groups_in_a_second_document_are_read_by_nobody() -> None:
    found = files(ID, {"rules.yaml": "groups: []\n---\ngroups: []\n"})
    assert [(each.place.line, each.problem) for each in found] == [
        (3, "Prometheus reads the first document of a file alone")
    ]


def test_labels_and_the_offset_of_a_group_are_read() -> None:
    text = "groups:\n- {name: a, labels: [x], query_offset: soon, rules: []}"
    assert {each.path for each in files(ID, {"rules.yaml": text})} == {"groups[0].labels", "groups[0].query_offset"}
    assert files(ID, {"rules.yaml": "groups:\n- {name: a, labels: {a: b}, query_offset: 1m, rules: []}"}) == []
