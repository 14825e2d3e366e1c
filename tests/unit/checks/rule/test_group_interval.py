"""rule/group-interval."""

from __future__ import annotations

from tests.unit.checks.asking import files

ID = "rule/group-interval"


def found(interval: str) -> list[str]:
    text = f"groups: [{{name: a, interval: {interval}, rules: []}}]"
    return [each.problem for each in files(ID, {"rules.yaml": text})]


def test_a_group_that_is_slower_than_samples_live_is_found() -> None:
    assert found("10m") == ["the group is evaluated every 10m, and samples last 5m"]


def test_five_minutes_are_right() -> None:
    assert found("5m") == found("15s") == []
