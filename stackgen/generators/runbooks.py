"""Runbooks: a page for each alert, for whoever is woken up by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stackgen import conventions
from stackgen.definition.model import (
    Above,
    Alert,
    Definition,
    Drop,
    Severity,
    Slo,
)
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators import heartbeat
from stackgen.generators.annotations import condition_text, plain_text
from stackgen.generators.phrases import quantity_text
from stackgen.signals.conditions import alert_expression
from stackgen.signals.promql import error_terms, render
from stackgen.signals.scope import Scope

_URGENCY = {
    Severity.CRITICAL: "critical: somebody is paged",
    Severity.WARNING: "warning: look at it during working hours",
    Severity.INFO: "info: for the record",
}


def generate(definition: Definition) -> dict[str, str]:
    """All pages of a definition, by their paths below `alerts/`."""
    pages = {alert.name: _page(definition, alert) for alert in definition.alerts.values()}
    pages |= {
        conventions.slo_alert_name(definition, slo.key): _slo_page(definition, slo) for slo in definition.slos.values()
    }
    if definition.stack.heartbeat is not None:
        name = conventions.WATCHDOG
        pages[name] = [*_heading(definition, name), *heartbeat.page(definition)]
    if pages:
        pages["README"] = _index(definition)
    return {conventions.runbook_file(definition, name): "\n".join(lines) + "\n" for name, lines in pages.items()}


def _index(definition: Definition) -> list[str]:
    """All alerts of a definition, the most urgent ones first."""
    lines = [
        *_heading(definition, f"Runbooks: {definition.title}"),
        "| alert | severity | fires when |",
        "|---|---|---|",
    ]
    urgency = list(Severity)
    lines += [
        f"| [{alert.name}]({alert.name}.md) | {alert.severity} | {condition_text(definition, alert)} |"
        for alert in sorted(definition.alerts.values(), key=lambda each: urgency.index(each.severity))
    ]
    for slo in definition.slos.values():
        name = conventions.slo_alert_name(definition, slo.key)
        lines.append(f"| [{name}]({name}.md) | page, ticket | {slo.title}: the error budget burns too fast |")
    if definition.stack.heartbeat is not None:
        name = conventions.WATCHDOG
        lines.append(f"| [{name}]({name}.md) | {conventions.WATCHDOG_SEVERITY} | always: {heartbeat.TITLE} |")
    return lines


def _page(definition: Definition, alert: Alert) -> list[str]:
    signal = definition.signals[alert.signal]
    runbook = alert.runbook
    lines = [
        *_heading(definition, alert.name),
        f"**{condition_text(definition, alert)}.**",
        "",
        f"- Severity: {_URGENCY[alert.severity]}",
        f"- Signal: {signal.title}. {signal.description}".rstrip(),
    ]
    if alert.per:
        lines.append(f"- One alert for each: {', '.join(('job', *alert.per))}")
    if alert.when is not None:
        guard = definition.signals[alert.when.signal]
        word = "above" if isinstance(alert.when.condition, Above) else "below"
        assert not isinstance(alert.when.condition.than, str)  # a guard is compared with a number
        limit = quantity_text(alert.when.condition.than, guard.unit)
        if isinstance(alert.condition, Drop):
            # The traffic that has dropped is not there to be asked for: the guard is on what was before.
            over = prometheus_duration(alert.condition.baseline)
            lines.append(
                f"- Only where the mean of the signal *{guard.title}* over the {over} before was {word} {limit}"
            )
        else:
            lines.append(f"- Only while the signal *{guard.title}* is {word} {limit}")
    if runbook.meaning or alert.description:
        lines += ["", "## What it means", "", runbook.meaning or plain_text(definition, alert, alert.description)]
    lines += _section("Likely causes", runbook.causes, "-")
    lines += ["", "## Diagnose"]
    if runbook.diagnose:
        lines += ["", *(f"{index}. {step}" for index, step in enumerate(runbook.diagnose, start=1))]
    lines += ["", *_queries(definition, alert)]
    lines += _section("Fix", runbook.fix, "-")
    if runbook.page_when:
        lines += ["", "## When to page", "", runbook.page_when]
    return lines


def _heading(definition: Definition, name: str) -> list[str]:
    return [
        f"<!-- Made by stackgen from {definition.source}; change the definition and run `stackgen generate`. -->",
        "",
        f"# {name}",
        "",
    ]


def _section(title: str, items: Iterable[str], bullet: str) -> list[str]:
    lines = [f"{bullet} {item}" for item in items]
    return ["", f"## {title}", "", *lines] if lines else []


def _queries(definition: Definition, alert: Alert) -> Iterator[str]:
    """What to ask Prometheus: the rule itself, and its signal split as far as it goes."""
    signal = definition.signals[alert.signal]
    scope = Scope(window=prometheus_duration(alert.window), by=("job", *alert.per))
    expression = alert_expression(definition, alert)
    yield "The signal now, in Prometheus:"
    yield from _promql(render(definition, signal, scope))
    yield ""
    yield "The rule that fired:"
    yield from _promql(expression.expr)


def _promql(expr: str) -> tuple[str, ...]:
    return ("", "```promql", expr, "```")


def _slo_page(definition: Definition, slo: Slo) -> list[str]:
    name = conventions.slo_alert_name(definition, slo.key)
    bad, total = error_terms(definition, slo, "1h")
    period = prometheus_duration(slo.period)
    selected = f'{{sloth_id="{definition.name}-{slo.key}"}}'
    return [
        *_heading(definition, name),
        f"**{slo.title}: the error budget of {100 - slo.objective:.4g} % over {period} burns too fast.**",
        "",
        "- `sloth_severity: page`: at this rate 2 % of the budget goes in an hour, or 5 % in six hours",
        "- `sloth_severity: ticket`: at this rate 10 % of the budget goes in a day, or in three days",
        "",
        "## What it means",
        "",
        slo.description
        or f"{slo.objective:g} % of events are promised to be good. Too many are bad just now, "
        "in a short and in a long window, so it is neither a spike nor over already.",
        "",
        "## Diagnose",
        "",
        "1. See which other alerts of the same service fire; they are closer to the cause.",
        "2. Compare the start of the burn with the last deployment.",
        "",
        "Share of bad events in the last hour:",
        *_promql(f"({bad}) / ({total} > 0)"),
        "",
        "How much of the budget is left:",
        *_promql(f"slo:period_error_budget_remaining:ratio{selected}"),
        "",
        "## When to page",
        "",
        "The alert says so itself: `page` is for now, `ticket` for the next working day.",
    ]
