"""What is marked across all graphs of a dashboard: alerts while they fire, and restarts of the processes observed."""

from __future__ import annotations

from stackgen.definition.model import Definition, Severity
from stackgen.generators.grafana import adapter, look
from stackgen.generators.grafana.adapter import Json
from stackgen.generators.grafana.narrowing import matchers, narrowing_labels


def marks(definition: Definition) -> list[Json]:
    """One kind of mark for each severity that the definition's alerts have, one for objectives, one for restarts."""
    result = []
    for severity in Severity:
        names = [alert.name for alert in definition.alerts.values() if alert.severity is severity]
        if names:
            result.append(_firing(definition, severity, names))
    if definition.slos:
        result.append(_burning(definition))
    result.append(
        adapter.annotation(
            "Process restarts",
            f"process_start_time_seconds{{{', '.join(matchers(('job', 'instance')))}}} * 1000",
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


def _firing(definition: Definition, severity: Severity, names: list[str]) -> Json:
    """Alerts of one severity that fire for what the variables select.

    An alert has only the labels that it is split by, so each variable's alternatives have nothing as one more.
    """
    labels = narrowing_labels(definition)
    narrowed = matchers(labels, optional=True)
    operator = "=" if len(names) == 1 else "=~"
    selected = ['alertstate="firing"', f'alertname{operator}"{"|".join(names)}"', *narrowed]
    return adapter.annotation(
        f"{severity.capitalize()} alerts",
        f"ALERTS{{{', '.join(selected)}}}",
        colour=look.SEVERITIES[severity],
        title="{{alertname}}",
        text=" ".join(f"{{{{{label}}}}}" for label in labels),
    )
