"""rule/duplicate."""

from __future__ import annotations

from tests.unit.checks.asking import files, rule_file, rules

ID = "rule/duplicate"


def test_two_recordings_of_one_series_are_found_across_files() -> None:
    texts = {name: rule_file("- record: a:b\n  expr: up") for name in ("one.yaml", "two.yaml")}
    (found,) = files(ID, texts)
    assert found.place.file == "two.yaml"
    assert found.problem == "the recording 'a:b' is at one.yaml:4 already, with the same labels"


def test_labels_or_matchers_tell_recordings_apart() -> None:
    assert rules(ID, "- record: a:b\n  expr: up\n  labels: {x: a}\n- record: a:b\n  expr: up\n  labels: {x: b}") == []
    assert rules(ID, "- record: a:b\n  expr: up{job='a'}\n- record: a:b\n  expr: up{job='b'}") == []


def test_one_alert_written_in_two_ways_is_found() -> None:
    assert rules(ID, "- alert: X\n  expr: sum by (a, b) (up) > 1\n- alert: X\n  expr: (sum(up) by (b,a)) > 1.0") != []


def test_alerts_of_one_name_with_other_labels_or_conditions_are_right() -> None:
    assert rules(ID, "- alert: X\n  expr: up > 1\n- alert: X\n  expr: up > 2") == []
    assert rules(ID, "- alert: X\n  expr: up > 1\n  labels: {a: b}\n- alert: X\n  expr: up > 1\n  labels: {a: c}") == []
