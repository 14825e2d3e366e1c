"""The one place that knows grafanalib: its objects go in, what Grafana's own schemas allow comes out.

grafanalib 0.7.1 is dormant and knows Grafana up to about version 9. What it does right is used; options that it lacks
are added with its `extraJson`; the gauge, the bar gauge and the heatmap, whose options it writes in a form that Grafana
no longer reads, are defined here on its `Panel`; `normalise` takes out the rest.
"""

from __future__ import annotations

from stackgen.generators.grafana.adapter.board import (
    annotation,
    dashboard,
    datasource_variable,
    label_variable,
    link,
    links_by_tag,
    row,
    target,
)
from stackgen.generators.grafana.adapter.frame import DATASOURCE, Field, Frame, overlaid
from stackgen.generators.grafana.adapter.normalise import Json
from stackgen.generators.grafana.adapter.panels import (
    bargauge,
    gauge,
    heatmap,
    stat,
    statetimeline,
    table,
    text,
    timeseries,
)

__all__ = [
    "DATASOURCE",
    "Field",
    "Frame",
    "Json",
    "annotation",
    "bargauge",
    "dashboard",
    "datasource_variable",
    "gauge",
    "heatmap",
    "label_variable",
    "link",
    "links_by_tag",
    "overlaid",
    "row",
    "stat",
    "statetimeline",
    "table",
    "target",
    "text",
    "timeseries",
]
