"""rule/runbook-missing."""

from __future__ import annotations

from tests.unit.checks.asking import rules

ID = "rule/runbook-missing"


def test_an_alert_without_a_runbook_is_found() -> None:
    assert rules(ID, "- alert: X\n  expr: up == 0") == ["the alert has no runbook_url"]


def test_with_one_it_is_right() -> None:
    assert rules(ID, "- alert: X\n  expr: up == 0\n  annotations: {runbook_url: 'https://x.example.org'}") == []
