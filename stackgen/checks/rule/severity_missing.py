"""Alerts of which nobody knows how urgent they are."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.rule_files import Rule
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/severity-missing",
    level=Level.WARNING,
    title="an alert without a severity",
    why="Routing and inhibition go by the severity; without one, an alert goes wherever the default is.",
    on=Rule,
)


def check(rule: Rule, _context: Context) -> Iterator[Finding]:
    """Alerts without a label `severity`, or one that ends so (`sloth_severity`)."""
    if rule.alert and not any(label == "severity" or label.endswith("_severity") for label in rule.labels):
        yield rule.finding(
            META, "labels", "the alert has no severity", "add the label severity: critical, warning or info"
        )
