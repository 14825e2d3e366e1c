"""What text panels can have filled in: all alerts, all objectives, as tables with links to their runbooks."""

from __future__ import annotations

from collections.abc import Sequence

from stackgen import conventions
from stackgen.definition.model import Definition, Severity
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.annotations import condition_text


def filled_in(definition: Definition, text: str) -> str:
    """A text with `{alerts}` and `{objectives}` replaced by tables, in Markdown."""
    if "{alerts}" in text:
        text = text.replace("{alerts}", _alerts(definition))
    if "{objectives}" in text:
        text = text.replace("{objectives}", _objectives(definition))
    return text


def _alerts(definition: Definition) -> str:
    """All alerts, the worst first."""
    rows = [
        (_runbook(definition, alert.name), str(alert.severity), condition_text(definition, alert))
        for severity in Severity
        for alert in definition.alerts.values()
        if alert.severity is severity
    ]
    rows += [
        (
            _runbook(definition, conventions.slo_alert_name(definition, slo.key)),
            "page or ticket",
            f"{slo.title or slo.key}: the error budget burns too fast",
        )
        for slo in definition.slos.values()
    ]
    return _table(("Alert", "Severity", "Fires when"), rows)


def _objectives(definition: Definition) -> str:
    rows = [
        (
            _runbook(definition, conventions.slo_alert_name(definition, slo.key), slo.key),
            slo.title or slo.description or slo.key,
            f"{slo.objective:g} % over {prometheus_duration(slo.period)}",
        )
        for slo in definition.slos.values()
    ]
    return _table(("Objective", "What is promised", "How often"), rows)


def _runbook(definition: Definition, alert: str, shown: str | None = None) -> str:
    return f"[{shown or alert}]({conventions.runbook_url(definition, alert)})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
