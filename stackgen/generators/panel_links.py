"""Links from alerts to the panel or the dashboard that shows what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from stackgen import conventions
from stackgen.definition.budgets import Burn
from stackgen.definition.model import (
    SLO_DASHBOARD,
    Alert,
    Availability,
    Dashboard,
    Definition,
    LatencyWithin,
    Panel,
    PanelKind,
    Selector,
    Slo,
)
from stackgen.definition.quantities import prometheus_duration
from stackgen.definition.selectors import selectors_of
from stackgen.generators.grafana.defaults import dashboard_set
from stackgen.generators.grafana.identity import identities, panel_ids
from stackgen.signals.conditions import kept_labels

#: How much of the past the panel of an alert shows, in seconds.
_RANGE = 3 * 3600.0

#: Panels on which a course over time can be seen come first.
_OVER_TIME = (PanelKind.TIMESERIES, PanelKind.STATETIMELINE)


def dashboard_url(definition: Definition, alert: Alert) -> str | None:
    """The address of the panel that shows an alert's signal best, narrowed to what fires; None without dashboards."""
    known = {"job", "instance", *(label.name for label in definition.bound_labels)}
    narrowed = [label for label in kept_labels(alert) if label in known]
    variables = "".join(f"&var-{quote(label)}={{{{ $labels.{label} | urlquery }}}}" for label in narrowed)
    counted = selectors_of(definition.signals[alert.signal].expression)
    return _url(definition, counted, _RANGE, variables=variables, signal=alert.signal)


def slo_dashboard_url(definition: Definition, slo: Slo, burns: Sequence[Burn]) -> str | None:
    """The address of the dashboard of objectives, over the longest of the windows that burn; None without dashboards.

    An objective's alert has no labels to narrow anything by: it is about all that the definition watches. Where that
    dashboard was taken out it is the panel that shows best what the objective counts.
    """
    past = max(burn.long for burn in burns)
    if SLO_DASHBOARD in dashboard_set(definition):
        return _address(definition, SLO_DASHBOARD, past)
    match slo.indicator:
        case Availability(bad, total):
            counted = (*bad, *total)
        case LatencyWithin(of, _):
            counted = (of,)
    return _url(definition, counted, past)


def _url(
    definition: Definition, counted: Sequence[Selector], past: float, *, variables: str = "", signal: str = ""
) -> str | None:
    found = _panel(definition, counted, signal)
    if found is None:
        return None
    dashboard, panel = found
    viewed = "" if panel is None else f"&viewPanel=panel-{panel}"
    return f"{_address(definition, dashboard, past)}{variables}{viewed}"


def _address(definition: Definition, dashboard: str, past: float) -> str:
    """The address of a dashboard over the last seconds."""
    uid = conventions.dashboard_uid(definition, dashboard)
    return f"{definition.stack.grafana.rstrip('/')}/d/{uid}?from=now-{prometheus_duration(past)}&to=now"


def _panel(definition: Definition, counted: Sequence[Selector], signal: str) -> tuple[str, int | None] | None:
    """The key of the dashboard and the id of the panel on it: of the signal, else of others of the same series.

    Where no panel shows any of them it is the first dashboard as a whole.
    """
    dashboards = dashboard_set(definition)
    wanted = {each.of for each in counted}
    shown: list[tuple[tuple[object, ...], Dashboard, int]] = []
    for dashboard in dashboards.values():
        # In the order of identities: a row, then its panels.
        for position, panel in enumerate(part for row in dashboard.rows for part in (row, *row.panels)):
            if not isinstance(panel, Panel):
                continue
            shows = {**definition.signals, **panel.inline}
            seen = [each for key in panel.signals for each in selectors_of(shows[key].expression)]
            series = len(wanted & {each.of for each in seen})
            if signal in panel.signals or series:
                rank = (
                    signal not in panel.signals,
                    -sum(each in seen for each in counted),
                    -series,
                    panel.kind not in _OVER_TIME,
                    len(panel.signals),
                )
                shown.append((rank, dashboard, position))
    if not shown:
        return next(((key, None) for key in dashboards), None)
    _, dashboard, position = min(shown, key=lambda each: each[0])
    names = [each for row in dashboard.rows for each in identities(definition, dashboard, row)]
    return dashboard.key, panel_ids(names)[position]
