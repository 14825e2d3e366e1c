"""Panels, one function for each kind, in the look of `look`."""

from __future__ import annotations

from grafanalib import core

from stackgen.generators.grafana import look
from stackgen.generators.grafana.adapter.frame import Field, Frame, Modern, cleaned, framed, panel
from stackgen.generators.grafana.adapter.normalise import Json

_NO_LEGEND = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False}
_REDUCED = {"calcs": ["lastNotNull"], "fields": "", "values": False}


def timeseries(frame: Frame, values: Field, *, thresholds_drawn: bool) -> Json:
    """A graph over time; `thresholds_drawn` puts the field's thresholds across it."""
    return panel(
        frame,
        values,
        core.TimeSeries,
        {
            "fieldConfig": {
                "defaults": {
                    "custom": {
                        "scaleDistribution": {"type": "linear"},
                        "stacking": {"group": "A", "mode": "none"},
                    }
                }
            },
            "options": {
                "legend": {"showLegend": True, "sortBy": look.LEGEND_SORTED_BY, "sortDesc": True},
            },
        },
        axisSoftMin=0 if values.minimum is None else None,
        fillOpacity=look.FILL_OPACITY,
        legendCalcs=list(look.LEGEND_CALCULATIONS),
        legendDisplayMode="table",
        lineWidth=look.LINE_WIDTH,
        pointSize=look.POINT_SIZE,
        thresholdsStyleMode=look.THRESHOLD_STYLE if thresholds_drawn else "off",
        tooltipMode="multi",
        tooltipSort="desc",
    )


def stat(frame: Frame, values: Field, *, text_mode: str) -> Json:
    """One large text for each series (`value`, `name` or `value_and_name`)."""
    return panel(
        frame,
        values,
        core.Stat,
        {"options": {"percentChangeColorMode": "standard", "showPercentChange": False, "wideLayout": True}},
        graphMode="none",
        noValue=None,
        reduceCalc="lastNotNull",
        textMode=text_mode,
    )


def table(frame: Frame, values: Field, *, sorted_by: str | None) -> Json:
    """One line for each set of labels, sorted by the column of that title, largest first."""
    return panel(
        frame,
        values,
        core.Table,
        {
            "fieldConfig": {"defaults": {"custom": {"displayMode": None, "filterable": None, "inspect": False}}},
            "options": {"cellHeight": "sm", "frameIndex": 0},
        },
        sortBy=[core.TableSortByField(displayName=sorted_by, desc=True)] if sorted_by else [],
    )


def statetimeline(frame: Frame, values: Field) -> Json:
    """The states of each series over time."""
    return panel(
        frame,
        values,
        core.StateTimeline,
        {
            "fieldConfig": {
                "defaults": {
                    "custom": {
                        "hideFrom": {"legend": False, "tooltip": False, "viz": False},
                        "insertNulls": False,
                        "spanNulls": False,
                    }
                }
            },
            "options": {
                "legend": {"calcs": [], "showLegend": True},
                "perPage": 20,
                "tooltip": {"sort": "none"},
            },
        },
        fillOpacity=look.STATE_FILL_OPACITY,
        rowHeight=look.STATE_ROW_HEIGHT,
        tooltipMode="multi",
    )


def gauge(frame: Frame, values: Field) -> Json:
    """A dial for each series, with the thresholds on its rim."""
    options = {
        "minVizHeight": 75,
        "minVizWidth": 75,
        "orientation": "auto",
        "reduceOptions": _REDUCED,
        "showThresholdLabels": False,
        "showThresholdMarkers": True,
        "sizing": "auto",
    }
    return panel(frame, values, Modern, {}, type="gauge", options=options)


def bargauge(frame: Frame, values: Field) -> Json:
    """A bar for each series."""
    options = {
        "displayMode": "basic",
        "legend": _NO_LEGEND,
        "maxVizHeight": 300,
        "minVizHeight": 16,
        "minVizWidth": 8,
        "namePlacement": "auto",
        "orientation": "horizontal",
        "reduceOptions": _REDUCED,
        "showUnfilled": True,
        "sizing": "auto",
        "valueMode": "color",
    }
    return panel(frame, values, Modern, {}, type="bargauge", options=options)


def heatmap(frame: Frame, values: Field, *, cell_unit: str) -> Json:
    """A histogram's buckets over time: `values` are the buckets' bounds, `cell_unit` is what is counted in them."""
    options = {
        "calculate": False,
        "cellGap": 1,
        "cellValues": {"unit": cell_unit},
        "color": {
            "exponent": 0.5,
            "fill": look.NEUTRAL,
            "mode": "scheme",
            "reverse": False,
            "scale": "exponential",
            "scheme": look.HEATMAP_SCHEME,
            "steps": look.HEATMAP_COLOUR_STEPS,
        },
        "exemplars": {"color": look.SERIES[3]},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "showColorScale": True, "yHistogram": True},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": values.unit},
    }
    custom = {
        "hideFrom": {"legend": False, "tooltip": False, "viz": False},
        "scaleDistribution": {"type": "linear"},
    }
    return panel(frame, values, Modern, {}, type="heatmap", options=options, custom=custom)


def text(frame: Frame, content: str) -> Json:
    """A panel of Markdown."""
    made = core.Text(content=content, mode="markdown", **framed(frame))
    return {key: part for key, part in cleaned(made).items() if key not in ("datasource", "fieldConfig")}
