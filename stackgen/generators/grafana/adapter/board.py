"""What is around panels: rows, queries, links, variables, the dashboard itself."""

from __future__ import annotations

from collections.abc import Sequence

from grafanalib import core

from stackgen.generators.grafana import look
from stackgen.generators.grafana.adapter.frame import DATASOURCE, grid
from stackgen.generators.grafana.adapter.normalise import (
    DASHBOARD_KEYS,
    ROW_KEYS,
    TARGET_KEYS,
    TIMEPICKER_KEYS,
    VARIABLE_KEYS,
    Json,
    only,
    plain,
)
from stackgen.generators.grafana.layout import Position

#: The classic dashboard model of Grafana 11 and later. Below 14 Grafana would drop the shared crosshair.
SCHEMA_VERSION = 41


def row(identity: int, title: str, position: Position, *, collapsed: bool, panels: Sequence[Json]) -> Json:
    """The title of a row; a collapsed one holds its panels."""
    made = core.RowPanel(
        id=identity, title=title, gridPos=grid(position), collapsed=collapsed, panels=list(panels) if collapsed else []
    )
    return only(plain(made), ROW_KEYS) | {"panels": list(panels) if collapsed else []}


def target(ref_id: str, expression: str, *, legend: str, form: str = "time_series", exemplars: bool = False) -> Json:
    """A query. `form`: `time_series`, `heatmap` (over the dashboard's range), `table` or `now` (its end alone)."""
    instant = form in ("table", "now")
    made = core.Target(
        refId=ref_id,
        expr=expression,
        legendFormat=legend,
        format="time_series" if form == "now" else form,
        instant=instant,
        datasource=DATASOURCE,
    )
    more = {"editorMode": "code", "exemplar": exemplars, "range": not instant}
    return only(plain(made), TARGET_KEYS) | more


def link(title: str, url: str, *, tooltip: str = "", new_tab: bool = False) -> Json:
    """A link on a panel or on a value; Grafana's schema asks for every key."""
    made = core.DashboardLink(
        title=title,
        uri=url,
        tooltip=tooltip,
        type="link",
        icon="external link",
        targetBlank=new_tab,
        keepTime=False,
        includeVars=False,
    )
    return plain(made)  # type: ignore[no-any-return]


def links_by_tag(title: str, *tags: str, with_variables: bool) -> Json:
    """A menu of all dashboards that have all tags; whoever follows it keeps the time, and the variables if told so."""
    made = core.DashboardLink(
        title=title, tags=list(tags), type="dashboards", asDropdown=True, keepTime=True, includeVars=with_variables
    )
    return plain(made)  # type: ignore[no-any-return]


def datasource_variable() -> Json:
    """The variable `datasource`: any Prometheus that Grafana knows, and to begin with the default one."""
    made = core.Template(name="datasource", label="Data source", type="datasource", query="prometheus")
    # Without this word Grafana begins with the first by name; with it, it offers `default` (`isDefault` of a source).
    first = {"selected": False, "text": "default", "value": "default"}
    return only(plain(made) | {"current": first}, VARIABLE_KEYS)


def label_variable(name: str, label: str, description: str, query: str) -> Json:
    """A variable of a label's values: any number of them or all, asked for again when the time changes."""
    made = core.Template(
        name=name,
        label=label,
        query=query,
        dataSource=DATASOURCE,
        includeAll=True,
        allValue=".+",
        multi=True,
        refresh=2,
        sort=1,
    )
    everything = {"selected": True, "text": ["All"], "value": ["$__all"]}
    more = {"current": everything, "definition": query, "description": description}
    return only(plain(made) | more, VARIABLE_KEYS)


def dashboard(
    *,
    uid: str,
    title: str,
    description: str,
    tags: Sequence[str],
    panels: Sequence[Json],
    variables: Sequence[Json],
    annotations: Sequence[Json],
    links: Sequence[Json],
    scrape_interval: float,
    time_from: str = look.TIME_FROM,
) -> Json:
    """A whole dashboard: not editable, with a shared crosshair, refreshed no more often than there is news."""
    made = core.Dashboard(
        uid=uid,
        title=title,
        description=description,
        tags=list(tags),
        panels=list(panels),
        templating=core.Templating(list=list(variables)),
        annotations=core.Annotations(list=list(annotations)),
        links=list(links),
        editable=False,
        graphTooltip=core.GRAPH_TOOLTIP_MODE_SHARED_CROSSHAIR,
        refresh=look.refresh(scrape_interval),
        schemaVersion=SCHEMA_VERSION,
        time=core.Time(time_from, look.TIME_TO),
        timePicker=core.TimePicker(refreshIntervals=look.refresh_intervals(scrape_interval), timeOptions=None),
        timezone="browser",
    )
    cleaned = only(plain(made), DASHBOARD_KEYS)
    return cleaned | {"panels": list(panels), "timepicker": only(cleaned["timepicker"], TIMEPICKER_KEYS)}


def annotation(name: str, expression: str, *, colour: str, title: str, text: str, at_value: bool = False) -> Json:
    """Marks over all graphs where a query has samples, or, with `at_value`, at the times (ms) that are its values."""
    return {
        "datasource": DATASOURCE,
        "enable": True,
        "expr": expression,
        "hide": False,
        "iconColor": colour,
        "name": name,
        "target": {
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": expression,
            "legendFormat": title,
            "range": True,
            "refId": "Anno",
        },
        "textFormat": text,
        "titleFormat": title,
        "useValueForTime": at_value,
    }
