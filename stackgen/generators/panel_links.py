"""Links from alerts to the panel that shows their signal."""

from __future__ import annotations

from urllib.parse import quote

from stackgen import conventions
from stackgen.definition.model import Alert, Definition, PanelKind
from stackgen.generators.grafana.defaults import dashboard_set
from stackgen.generators.grafana.identity import identities, panel_ids
from stackgen.signals.conditions import kept_labels

#: How much of the past the panel shows.
_RANGE = "from=now-3h&to=now"

#: Panels on which a course over time can be seen come first.
_OVER_TIME = (PanelKind.TIMESERIES, PanelKind.STATETIMELINE)


def dashboard_url(definition: Definition, alert: Alert) -> str | None:
    """The address of the panel that shows an alert's signal, narrowed to what fires; None if no panel shows it."""
    found = _panel(definition, alert.signal)
    if found is None:
        return None
    dashboard, panel = found
    uid = conventions.dashboard_uid(definition, dashboard)
    known = {"job", "instance", *(label.name for label in definition.bound_labels)}
    narrowed = [label for label in kept_labels(alert) if label in known]
    variables = "".join(f"&var-{quote(label)}={{{{ $labels.{label} | urlquery }}}}" for label in narrowed)
    return f"{definition.stack.grafana.rstrip('/')}/d/{uid}?{_RANGE}{variables}&viewPanel=panel-{panel}"


def _panel(definition: Definition, signal: str) -> tuple[str, int] | None:
    """The key of the dashboard and the id of the panel on it."""
    shown = []
    for dashboard in dashboard_set(definition).values():
        names = [each for row in dashboard.rows for each in identities(definition, dashboard, row)]
        ids = iter(panel_ids(names))
        for row in dashboard.rows:
            next(ids)  # the row's own
            for panel in row.panels:
                identity = next(ids)
                if signal in panel.signals:
                    shown.append((panel.kind not in _OVER_TIME, len(panel.signals), dashboard.key, identity))
    if not shown:
        return None
    _, _, dashboard_key, identity = min(shown, key=lambda each: each[:2])
    return dashboard_key, identity
