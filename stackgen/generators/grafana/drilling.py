"""Links from what a panel shows to where more is told of it: the dashboard of details, and the same one narrowed.

Whoever follows one keeps the data source, the time and the variables.
"""

from __future__ import annotations

from collections.abc import Sequence

from stackgen import conventions
from stackgen.definition.model import DETAIL_DASHBOARD, GENERATED_DASHBOARDS, Dashboard, Definition
from stackgen.generators.grafana import adapter
from stackgen.generators.grafana.adapter import Json
from stackgen.generators.grafana.defaults import home_dashboard
from stackgen.generators.grafana.narrowing import variable_of


def drill_down(definition: Definition, dashboard: Dashboard) -> Dashboard | None:
    """The dashboard that the panels of another one lead to: the one that it names, else `detail`.

    Where there are no details, alerts and objectives lead to the first dashboard, which shows what they are about.
    """
    found = definition.dashboards.get(dashboard.drill_down or DETAIL_DASHBOARD)
    if found is None and dashboard.key in GENERATED_DASHBOARDS:
        found = home_dashboard(definition)
    return found if found is not None and found.key != dashboard.key else None


def link_to(definition: Definition, dashboard: Dashboard, offered: Sequence[str], values: dict[str, str]) -> Json:
    """A link to a dashboard, narrowed to these values of labels, and as the one that it is on.

    `offered` are the labels that the latter has a variable for.
    """
    uid = conventions.dashboard_uid(definition, dashboard.key)
    return adapter.link(f"Open {dashboard.title}", f"/d/{uid}?{_query(offered, values)}")


def link_within(offered: Sequence[str], uid: str, label: str, value: str) -> Json:
    """A link to the dashboard of that uid itself, narrowed to one value of a label that it has a variable for."""
    query = _query(offered, {label: value})
    return adapter.link(f"Show only this {label.replace('_', ' ')}", f"/d/{uid}?{query}")


def _query(labels: Sequence[str], values: dict[str, str]) -> str:
    kept = [f"${{{variable_of(label)}:queryparam}}" for label in labels if label not in values]
    narrowed = [f"var-{variable_of(label)}={value}" for label, value in values.items()]
    return "&".join(["${__url_time_range}", "${datasource:queryparam}", *kept, *narrowed])
