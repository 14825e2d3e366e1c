"""Options of each kind of panel, by Grafana's names and with the values that it takes.

They are those of Grafana 12's schemas; `tests/unit/dashboards/test_grafana_words.py` holds them against those.
"""

from __future__ import annotations

from collections.abc import Mapping

from stackgen.definition.grafana.shapes import Shape
from stackgen.definition.model import PanelKind

#: How a series is made one number: Grafana's `fieldReducers`, percentiles and the names of former times among them.
CALCULATIONS = (
    *("lastNotNull", "last", "firstNotNull", "first", "min", "max", "mean", "median", "sum", "count", "range", "delta"),
    *("step", "diff", "diffperc", "logmin", "variance", "stdDev", "allIsZero", "allIsNull", "changeCount"),
    *("distinctCount", "allValues", "uniqueValues", "avg", "total", "current"),
    *(f"p{percent}" for percent in range(1, 100)),
)

_SIDES = ("auto", "vertical", "horizontal")
_SHOWN = ("auto", "never", "always")
SCALE: Shape = {"linearThreshold": float, "log": float, "type": ("linear", "log", "ordinal", "symlog")}
AXIS: Mapping[str, Shape] = {
    "axisBorderShow": bool,
    "axisCenteredZero": bool,
    "axisColorMode": ("text", "series"),
    "axisGridShow": bool,
    "axisLabel": str,
    "axisPlacement": ("auto", "top", "right", "bottom", "left", "hidden"),
    "axisSoftMax": float,
    "axisSoftMin": float,
    "axisWidth": float,
}
_LEGEND: Shape = {
    "asTable": bool,
    "calcs": [CALCULATIONS],
    "displayMode": ("list", "table", "hidden"),
    "isVisible": bool,
    "placement": ("bottom", "right"),
    "showLegend": bool,
    "sortBy": str,
    "sortDesc": bool,
    "width": float,
}
_TOOLTIP: Shape = {
    "hideZeros": bool,
    "maxHeight": float,
    "maxWidth": float,
    "mode": ("single", "multi", "none"),
    "sort": ("asc", "desc", "none"),
}
_REDUCED: Shape = {"calcs": [CALCULATIONS], "fields": str, "limit": float, "values": bool}
_TEXT: Shape = {"percentSize": float, "titleSize": float, "valueSize": float}
_BUCKETS: Shape = {"mode": ("size", "count"), "scale": SCALE, "value": str}

OPTIONS: Mapping[PanelKind, Mapping[str, Shape]] = {
    PanelKind.STAT: {
        "colorMode": ("value", "background", "background_solid", "none"),
        "graphMode": ("none", "line", "area"),
        "justifyMode": ("auto", "center"),
        "orientation": _SIDES,
        "percentChangeColorMode": ("standard", "inverted", "same_as_value"),
        "reduceOptions": _REDUCED,
        "showPercentChange": bool,
        "text": _TEXT,
        "textMode": ("auto", "value", "value_and_name", "name", "none"),
        "wideLayout": bool,
    },
    PanelKind.TIMESERIES: {"legend": _LEGEND, "orientation": _SIDES, "timezone": [str], "tooltip": _TOOLTIP},
    PanelKind.TABLE: {
        "cellHeight": ("sm", "md", "lg", "auto"),
        "footer": {
            "countRows": bool,
            "enablePagination": bool,
            "fields": [str],
            "reducer": [CALCULATIONS],
            "show": bool,
        },
        "frameIndex": float,
        "showHeader": bool,
        "showTypeIcons": bool,
        "sortBy": [{"desc": bool, "displayName": str}],
    },
    PanelKind.GAUGE: {
        "minVizHeight": int,
        "minVizWidth": int,
        "orientation": _SIDES,
        "reduceOptions": _REDUCED,
        "showThresholdLabels": bool,
        "showThresholdMarkers": bool,
        "sizing": ("auto", "manual"),
        "text": _TEXT,
    },
    PanelKind.BARGAUGE: {
        "displayMode": ("basic", "lcd", "gradient"),
        "legend": _LEGEND,
        "maxVizHeight": int,
        "minVizHeight": int,
        "minVizWidth": int,
        "namePlacement": ("auto", "top", "left", "hidden"),
        "orientation": _SIDES,
        "reduceOptions": _REDUCED,
        "showUnfilled": bool,
        "sizing": ("auto", "manual"),
        "text": _TEXT,
        "valueMode": ("color", "text", "hidden"),
    },
    PanelKind.STATETIMELINE: {
        "alignValue": ("center", "left", "right"),
        "legend": _LEGEND,
        "mergeValues": bool,
        "perPage": float,
        "rowHeight": float,
        "showValue": _SHOWN,
        "timezone": [str],
        "tooltip": _TOOLTIP,
    },
    PanelKind.HEATMAP: {
        "calculate": bool,
        "calculation": {"xBuckets": _BUCKETS, "yBuckets": _BUCKETS},
        "cellGap": int,
        "cellRadius": float,
        "cellValues": {"decimals": float, "unit": str},
        "color": {
            "exponent": float,
            "fill": str,
            "max": float,
            "min": float,
            "mode": ("opacity", "scheme"),
            "reverse": bool,
            "scale": ("linear", "exponential"),
            "scheme": str,
            "steps": int,
        },
        "exemplars": {"color": str},
        "filterValues": {"ge": float, "le": float},
        "legend": {"show": bool},
        "rowsFrame": {"layout": ("le", "ge", "unknown", "auto"), "value": str},
        "selectionMode": ("x", "y", "xy"),
        "showValue": _SHOWN,
        "tooltip": {
            "maxHeight": float,
            "maxWidth": float,
            "mode": ("single", "multi", "none"),
            "showColorScale": bool,
            "yHistogram": bool,
        },
        "yAxis": {
            **AXIS,
            "decimals": float,
            "max": float,
            "min": float,
            "reverse": bool,
            "scaleDistribution": SCALE,
            "unit": str,
        },
    },
    PanelKind.TEXT: {
        "code": {
            "language": ("json", "yaml", "xml", "typescript", "sql", "go", "markdown", "html", "plaintext"),
            "showLineNumbers": bool,
            "showMiniMap": bool,
        },
        "content": str,
        "mode": ("html", "markdown", "code"),
    },
}
