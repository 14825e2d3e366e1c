"""Whether the windows of alerts hold enough samples, as often as the stack scrapes."""

from __future__ import annotations

from stackgen.definition.context import Context
from stackgen.definition.meaning import metrics_of
from stackgen.definition.model import Alert, Level, MetricType, Raw, Stack
from stackgen.definition.quantities import prometheus_duration

#: A rate is between two samples, so a window of less never has one; with four, a scrape may fail.
_LEAST, _ENOUGH = 2, 4


def check_windows(context: Context, stack: Stack) -> None:
    """Report alerts over rates whose window can hold no two samples."""
    for alert in context.alerts.values():
        if alert.window < _LEAST * stack.scrape_interval and _is_over_time(context, alert):
            given = "window" in context.data["alerts"][alert.name]
            path = ("alerts", alert.name, *(["window"] if given else []))
            window, interval = prometheus_duration(alert.window), prometheus_duration(stack.scrape_interval)
            problem = (
                f"a window of {window} holds no two samples at a scrape interval of {interval}, so it has no value"
            )
            cure = f"write {prometheus_duration(_ENOUGH * stack.scrape_interval)} or more, or another "
            context.report(path, problem, f"{cure}stack.scrape_interval", at_key=not given)


def _is_over_time(context: Context, alert: Alert) -> bool:
    """Whether the alert's signal is made of changes in its window; what was written in PromQL says so itself."""
    signal = context.signals[alert.signal]
    if isinstance(signal.expression, Level | Raw):
        return False
    return any(metric.type in (MetricType.COUNTER, MetricType.HISTOGRAM) for metric in metrics_of(context, signal))
