"""Alerts that no route of Alertmanager is for."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.rule_files import Rule
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/severity-unrouted",
    level=Level.ERROR,
    title="no route of Alertmanager is for the alert's severity",
    why="The alert ends with the default receiver, which most often nobody reads.",
    on=Rule,
)


def check(rule: Rule, context: Context) -> Iterator[Finding]:
    """Alerts whose severity, under whichever name, no route of a tree takes that routes by a severity."""
    names = [label for label in rule.labels if _is_severity(label)]
    if not rule.alert or not names or "{{" in rule.labels[names[0]]:
        return
    labels = {**rule.labels, "alertname": rule.alert}
    for config in context.alertmanagers:
        by = sorted(label for label in config.labels if _is_severity(label))
        if not by or config.catches(labels):
            continue
        said = f"{names[0]} {rule.labels[names[0]]!r}"
        if not set(by).intersection(names):
            problem = f"no route of {config.source.file} takes {said}: its routes go by {' and '.join(by)}"
            cure = f'add a route for {names[0]}="{rule.labels[names[0]]}", or give the alert the label {by[0]}'
            yield rule.finding(META, f"labels.{names[0]}", problem, cure)
            continue
        routed = sorted(
            m.value
            for route in (config.route.walk() if config.route else ())
            for m in route.matchers
            if m.label in names
        )
        problem = f"no route of {config.source.file} takes {said}"
        yield rule.finding(META, f"labels.{names[0]}", problem, nearest(rule.labels[names[0]], routed))


def _is_severity(label: str) -> bool:
    return label == "severity" or label.endswith("_severity")
