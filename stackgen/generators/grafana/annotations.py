"""What is marked across all graphs of a dashboard: alerts while they fire, and restarts of the processes observed."""

from __future__ import annotations

from collections.abc import Sequence

from stackgen.definition.model import TARGET_LABELS, Definition, Severity
from stackgen.generators.grafana import adapter, look
from stackgen.generators.grafana.adapter import Json
from stackgen.generators.grafana.narrowing import matchers


def marks(definition: Definition, offered: Sequence[str]) -> list[Json]:
    """One kind of mark for each severity that the definition's alerts have, one for objectives, one for restarts.

    `offered` are the labels that the dashboard has a variable for; without those of targets nobody says whose restarts.
    """
    result = []
    for severity in Severity:
        names = [alert.name for alert in definition.alerts.values() if alert.severity is severity]
        if names:
            result.append(_firing(severity, names, offered))
    if definition.slos:
        result.append(_burning(definition))
    if all(label in offered for label in TARGET_LABELS):
        result.append(
            adapter.annotation(
                "Process restarts",
                f"process_start_time_seconds{{{', '.join(matchers(TARGET_LABELS))}}} * 1000",
                colour=look.RESTART,
                title="Restart",
                text="{{job}} on {{instance}} was started",
                at_value=True,
            )
        )
    return result


def _burning(definition: Definition) -> Json:
    """Error budgets that burn so fast that somebody is paged; an objective is not of one job or instance."""
    return adapter.annotation(
        "Error budgets",
        f'ALERTS{{alertstate="firing", sloth_severity="page", sloth_service="{definition.name}"}}',
        colour=look.SEVERITIES[Severity.CRITICAL],
        title="{{alertname}}",
        text="{{sloth_slo}}",
    )


def _firing(severity: Severity, names: list[str], offered: Sequence[str]) -> Json:
    """Alerts of one severity that fire for what the variables select.

    An alert has only the labels that it is split by, so each variable's alternatives have nothing as one more.
    """
    narrowed = matchers(tuple(offered), optional=True)
    operator = "=" if len(names) == 1 else "=~"
    selected = ['alertstate="firing"', f'alertname{operator}"{"|".join(names)}"', *narrowed]
    return adapter.annotation(
        f"{severity.capitalize()} alerts",
        f"ALERTS{{{', '.join(selected)}}}",
        colour=look.SEVERITIES[severity],
        title="{{alertname}}",
        text=" ".join(f"{{{{{label}}}}}" for label in offered),
    )
