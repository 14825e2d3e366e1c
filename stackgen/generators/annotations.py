"""Texts of alerts: what is known when they are generated is written in, the rest is left to Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stackgen import conventions
from stackgen.definition.budgets import Burn
from stackgen.definition.context import PLACEHOLDER
from stackgen.definition.model import Above, Absent, Alert, Below, Definition, Drop, Growth, RunsOut, Slo
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.panel_links import dashboard_url, slo_dashboard_url
from stackgen.generators.phrases import quantity_text
from stackgen.signals.burn_rates import slo_matchers, too_fast

#: A number; of one below 1 `humanize` would write thousandths as `m`, which reads as a unit.
_PLAIN_VALUE = '{{ if lt $value 1.0 }}{{ $value | printf "%.4g" }}{{ else }}{{ $value | humanize }}{{ end }}'
#: How Prometheus writes a value in each unit (Prometheus, "Template reference").
_VALUE = {
    "ratio": "{{ $value | humanizePercentage }}",
    "seconds": "{{ $value | humanizeDuration }}",
    "bytes": "{{ $value | humanize1024 }}B",
    "per_second": f"{_PLAIN_VALUE}/s",
    "bytes_per_second": "{{ $value | humanize1024 }}B/s",
}


def alert_labels(alert: Alert) -> dict[str, str]:
    """Labels that a rule adds to its alerts."""
    return {"severity": str(alert.severity), **alert.labels}


def alert_annotations(definition: Definition, alert: Alert) -> dict[str, str]:
    """All annotations of an alert."""
    description = alert.description or _default_description(definition, alert)
    annotations = {
        "summary": annotation(definition, alert, alert.summary),
        "description": annotation(definition, alert, description),
    }
    annotations["runbook_url"] = conventions.runbook_url(definition, alert.name)
    if url := dashboard_url(definition, alert):
        annotations["dashboard_url"] = url
    return annotations


def _default_description(definition: Definition, alert: Alert) -> str:
    """What an alert means, where its definition does not say."""
    now = "" if isinstance(alert.condition, Absent) else "; it is {value} now"
    return f"{condition_text(definition, alert)}{now}."


def slo_annotations(definition: Definition, slo: Slo, severity: str, burns: Sequence[Burn]) -> dict[str, str]:
    """All annotations of one of an objective's alerts; `severity` is `page` or `ticket`, `burns` its pairs."""
    period, matchers = prometheus_duration(slo.period), slo_matchers(definition, slo)
    left = f"clamp_min(slo:period_error_budget_remaining:ratio{matchers}, 0)"
    lasting = f"{left} * {slo.period:.0f} / ignoring (sloth_window) slo:current_burn_rate:ratio{matchers}"
    annotations = {
        "summary": f"{definition.title}: {slo.title}: the error budget burns too fast",
        "description": f"The objective of {slo.objective:g} % over {period} is at risk ({severity}); "
        "{{ $value | humanizePercentage }} of events are bad.",
        "burning_windows": "".join(_burning_window(definition, slo, burn) for burn in burns),
        "budget_lasts": f"{{{{ with query `{lasting}` }}}}{{{{ . | first | value | humanizeDuration }}}}{{{{ end }}}}",
        "runbook_url": conventions.runbook_url(definition, conventions.slo_alert_name(definition, slo.key)),
    }
    if url := slo_dashboard_url(definition, slo, burns):
        annotations["dashboard_url"] = url
    return annotations


def _burning_window(definition: Definition, slo: Slo, burn: Burn) -> str:
    """The name of a pair of windows, if it is one that burns when the alert fires."""
    both = " and ignoring (sloth_window) ".join(
        too_fast(definition, slo, burn, window) for window in (burn.short, burn.long)
    )
    return f"{{{{ if query `{both}` }}}}{burn.name} {{{{ end }}}}"


def annotation(definition: Definition, alert: Alert, text: str) -> str:
    """A text for Prometheus, which fills in `{value}`, in the signal's unit, and `{label}`."""
    unit = definition.signals[alert.signal].unit

    def template(word: str) -> str:
        return _VALUE.get(unit, _PLAIN_VALUE) if word == "value" else f"{{{{ $labels.{word} }}}}"

    return _filled(definition, alert, text, template)


def plain_text(definition: Definition, alert: Alert, text: str) -> str:
    """A text for a page, where no alert is firing: `{cache}` stays open."""
    return _filled(definition, alert, text, lambda word: f"<{word}>")


def threshold_text(definition: Definition, alert: Alert) -> str:
    """What an alert's signal is compared with: `30%`, `100ms`, or another signal's title."""
    match alert.condition:
        case Above(limit, _) | Below(limit, _) | RunsOut(limit, _, _):
            if isinstance(limit, str):
                return in_sentence(definition.signals[limit].title)
            return quantity_text(limit, definition.signals[alert.signal].unit)
        case Drop(share, _) | Growth(share, _):
            return quantity_text(share, "ratio")
    return ""


def condition_text(definition: Definition, alert: Alert) -> str:
    """The alert's condition in words: `Hit ratio is below 30% for 5m`."""
    signal = definition.signals[alert.signal]
    lasting = f" for {prometheus_duration(alert.for_)}" if alert.for_ else ""
    limit = threshold_text(definition, alert)
    match alert.condition:
        case Above(_, or_equal):
            what = f"is at least {limit}" if or_equal else f"is above {limit}"
        case Below(_, or_equal):
            what = f"is at most {limit}" if or_equal else f"is below {limit}"
        case Drop(_, baseline):
            what = f"is more than {limit} below its mean over the {prometheus_duration(baseline)} before"
        case Growth(_, baseline):
            what = f"is more than {limit} above its mean over the {prometheus_duration(baseline)} before"
        case RunsOut(_, within, falls):
            course = f"to {'fall to' if falls else 'reach'} {limit} within {prometheus_duration(within)}"
            what, lasting = (f"has been on course{lasting} {course}" if lasting else f"is on course {course}"), ""
        case Absent() if alert.per:
            what = f"has had no series{lasting}, and had some within {prometheus_duration(alert.window)}"
            lasting = ""
        case Absent():
            what = "has no series"
    return f"{signal.title} {what}{lasting}"


def in_sentence(title: str) -> str:
    """A title inside a sentence; abbreviations and names like p99 stay as they are."""
    return title if title[:2].isupper() or title[:1].islower() else title[:1].lower() + title[1:]


def _filled(definition: Definition, alert: Alert, text: str, rest: Callable[[str], str]) -> str:
    known = {"threshold": threshold_text(definition, alert), "for": prometheus_duration(alert.for_)}
    flat = " ".join(text.split())
    return PLACEHOLDER.sub(lambda found: known.get(found[1]) or rest(found[1]), flat)
