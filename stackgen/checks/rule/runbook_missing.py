"""Alerts that do not say what to do."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.rule_files import Rule
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/runbook-missing",
    level=Level.WARNING,
    title="an alert without a runbook",
    why="At three in the morning somebody has to find out from nothing what the author of the alert knew.",
    on=Rule,
)


def check(rule: Rule, _context: Context) -> Iterator[Finding]:
    """Alerts without `runbook_url`."""
    if rule.alert and not rule.annotations.get("runbook_url", "").strip():
        cure = "add the annotation runbook_url: the address of a page with causes, diagnosis and fixes"
        yield rule.finding(META, "annotations", "the alert has no runbook_url", cure)
