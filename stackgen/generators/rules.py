"""Prometheus rules: recordings, and the alerts that use them."""

from __future__ import annotations

import promql_parser

from stackgen import conventions
from stackgen.definition.model import Alert, Definition
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators import heartbeat
from stackgen.generators.annotations import alert_annotations, alert_labels
from stackgen.generators.document import Block, heading, to_yaml
from stackgen.generators.grafana.recordings import recordings
from stackgen.generators.slo import slo_groups
from stackgen.signals.conditions import alert_expression
from stackgen.signals.recorded import Recorded
from stackgen.signals.shown import interval

#: Expressions longer than this are laid out over several lines.
_ONE_LINE = 100


def generate(definition: Definition) -> dict[str, str]:
    """The rules of a definition, by their paths below `alerts/`: those of its alerts, and those of its objectives.

    They are files of their own, so that the tests of one need not evaluate the others.
    """
    files = {}
    for path, about, groups in (
        (conventions.rules_file(definition), "recorded series, and the alerts over them", _groups(definition)),
        (conventions.slo_rules_file(definition), "error ratios, burn rates, and their alerts", slo_groups(definition)),
        (conventions.shown_rules_file(definition), "rates that dashboards read", _shown_groups(definition)),
        (conventions.heartbeat_rules_file(definition), "an alert that always fires", heartbeat.groups(definition)),
    ):
        if groups:
            laid_out = {"groups": [_laid_out(group) for group in groups]}
            files[path] = (
                heading(definition, f"Prometheus rules for {definition.title}: {about}.") + "\n" + to_yaml(laid_out)
            )
    return files


def _groups(definition: Definition) -> list[dict[str, object]]:
    """One group, because rules of a group run one after the other: alerts see what was recorded just before."""
    recordings: dict[Recorded, None] = {}
    alerts = []
    for alert in definition.alerts.values():
        expression = alert_expression(definition, alert)
        recordings.update(dict.fromkeys(expression.recordings))
        alerts.append(_alert_rule(definition, alert, expression.expr))
    if not alerts:
        return []
    records = [{"record": recorded.name, "expr": recorded.expr} for recorded in recordings]
    return [{"name": definition.name, "rules": [*records, *alerts]}]


def _shown_groups(definition: Definition) -> list[dict[str, object]]:
    """What is recorded for dashboards."""
    rules = [{"record": each.name, "expr": each.expr} for each in recordings(definition)]
    if not rules:
        return []
    every = prometheus_duration(interval(definition))
    return [{"name": f"{definition.name}-dashboards", "interval": every, "rules": rules}]


def _alert_rule(definition: Definition, alert: Alert, expr: str) -> dict[str, object]:
    rule: dict[str, object] = {"alert": alert.name, "expr": expr}
    if alert.for_:
        rule["for"] = prometheus_duration(alert.for_)
    if alert.keep_firing_for:
        rule["keep_firing_for"] = prometheus_duration(alert.keep_firing_for)
    rule["labels"] = alert_labels(alert)
    rule["annotations"] = alert_annotations(definition, alert)
    return rule


def _laid_out(group: dict[str, object]) -> dict[str, object]:
    rules = group["rules"]
    assert isinstance(rules, list)
    return group | {"rules": [rule | {"expr": _readable(rule["expr"])} for rule in rules]}


def _readable(expr: str) -> str:
    """An expression that fits on a line as it is, a longer one as promtool would lay it out."""
    if len(expr) <= _ONE_LINE:
        return expr
    return Block(promql_parser.parse(expr).prettify() + "\n")
