"""The alert that always fires, so that somebody outside notices when alerts get through no more: a dead man's switch.

Its name and its rule are those of kube-prometheus: a constant, so that it depends on nothing but what is watched.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackgen import conventions
from stackgen.definition.model import Definition
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.rule_tests.document import Case, Firing, Moment

#: What it says, wherever alerts are listed.
TITLE = "Alerts get through; what matters is when this one no longer arrives"

#: An alert that Prometheus does not repeat is over for Alertmanager after so many times the longer of its repetition
#: (`--rules.alert.resend-delay`, seconds) and the interval of evaluation (Prometheus, `rules/alerting.go`).
_HELD, _RESENT = 4, 60.0

#: How often its tests evaluate it, and when they look (seconds).
EVERY, _MOMENTS = 60.0, (0.0, 600.0)


def groups(definition: Definition) -> list[dict[str, object]]:
    """The group of the rule; none where nobody is told."""
    if definition.stack.heartbeat is None:
        return []
    rule = {"alert": conventions.WATCHDOG, "expr": "vector(1)", "labels": _labels(), "annotations": _texts(definition)}
    return [{"name": conventions.heartbeat_group_name(definition), "rules": [rule]}]


def cases(definition: Definition) -> Iterator[Case]:
    """It fires whatever there is, so with no series at all, and from the first evaluation on."""
    labels = {**_labels(), "alertname": conventions.WATCHDOG}
    firing = (Firing(labels, _texts(definition)),)
    moments = tuple(Moment(at, conventions.WATCHDOG, firing) for at in _MOMENTS)
    yield Case(f"{conventions.WATCHDOG}: fires always", EVERY, {}, moments)


def page(definition: Definition) -> list[str]:
    """What its runbook says: it is for whoever is told that the heartbeat is missing."""
    assert definition.stack.heartbeat is not None
    every = prometheus_duration(definition.stack.heartbeat.every)
    return [
        f"**{TITLE}.**",
        "",
        f"- Severity: none. It fires at all times, and Alertmanager sends it to the heartbeat's address every {every}.",
        f"- Wait for at least {prometheus_duration(silence(definition))} without it before you raise the alarm: for "
        "that long Alertmanager goes on with an alert that Prometheus no longer repeats.",
        "",
        "## What it means when it is missing",
        "",
        "No other alert gets through either. Whatever breaks now, nobody is told.",
        "",
        "## Likely causes",
        "",
        "- Prometheus is down, or does not evaluate rules: its disk is full, it was refused its configuration",
        "- Alertmanager is down, or Prometheus does not reach it",
        "- Alertmanager does not reach the heartbeat's address: a proxy, a certificate, an address that has changed",
        "",
        "## Diagnose",
        "",
        "1. `stackgen status`, or the health of Prometheus and Alertmanager by whatever runs them.",
        "2. On Prometheus's page *Alerts* it has to be there and firing; on Alertmanager's page too.",
        "3. Alertmanager says which notifications failed, in its log and here:",
        "",
        "```promql",
        'increase(alertmanager_notifications_failed_total{integration="webhook"}[15m])',
        "```",
    ]


def silence(definition: Definition) -> float:
    """The longest, in seconds, that it may be missing while all is well but for a Prometheus that was started anew."""
    assert definition.stack.heartbeat is not None
    return _HELD * max(_RESENT, definition.stack.evaluation_interval) + definition.stack.heartbeat.every


def _labels() -> dict[str, str]:
    return {"severity": conventions.WATCHDOG_SEVERITY}


def _texts(definition: Definition) -> dict[str, str]:
    return {
        "summary": f"{TITLE}.",
        "description": "Fires at all times. Whoever gets it at an interval raises the alarm when it is missing.",
        "runbook_url": conventions.runbook_url(definition, conventions.WATCHDOG),
    }
