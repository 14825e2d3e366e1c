"""rule/severity-missing."""

from __future__ import annotations

from tests.unit.checks.asking import files, rules

ID = "rule/severity-missing"


def test_an_alert_without_a_severity_is_found() -> None:
    assert rules(ID, "- alert: X\n  expr: up == 0\n  labels: {team: storage}") == ["the alert has no severity"]


def test_any_severity_is_right_and_recordings_need_none() -> None:
    assert rules(ID, "- alert: X\n  expr: up == 0\n  labels: {severity: page}") == []
    assert rules(ID, "- alert: X\n  expr: up == 0\n  labels: {sloth_severity: page}") == []
    assert rules(ID, "- record: a:b\n  expr: up") == []


def test_the_severity_may_be_the_groups() -> None:
    group = "groups:\n- name: a\n  labels: {severity: page}\n  rules: [{alert: X, expr: up == 0}]\n"
    assert files(ID, {"rules.yaml": group}) == []
