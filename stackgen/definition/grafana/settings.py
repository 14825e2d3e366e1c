"""Settings of fields, by Grafana's names: those of all panels that have numbers, and those of one kind under `custom`.

They are those of Grafana 12's schemas; `tests/unit/dashboards/test_grafana_words.py` holds them against those.
"""

from __future__ import annotations

from collections.abc import Mapping

from stackgen.definition.grafana.options import AXIS, SCALE
from stackgen.definition.grafana.shapes import Each, Either, Shape, Tagged
from stackgen.definition.model import PanelKind

_REQUEST: Mapping[str, Shape] = {
    "body": str,
    "headers": [[str]],
    "method": ("GET", "PUT", "POST", "DELETE", "PATCH"),
    "queryParams": [[str]],
    "url": str,
}
_ACTION: Shape = {
    "confirmation": str,
    "fetch": _REQUEST,
    "infinity": {**_REQUEST, "datasourceUid": str},
    "oneClick": bool,
    "style": {"backgroundColor": str},
    "title": str,
    "type": ("fetch", "infinity"),
    "variables": [{"key": str, "name": str, "type": ("string",)}],
}
#: Those that came after the schemas, with Grafana 12.2 and later.
NEWER_COLOURS = tuple(f"continuous-{name}" for name in ("viridis", "magma", "plasma", "inferno", "cividis"))
_COLOUR: Shape = {
    "fixedColor": str,
    "mode": (
        *("thresholds", "palette-classic", "palette-classic-by-name", "continuous-GrYlRd", "continuous-RdYlGr"),
        *("continuous-BlYlRd", "continuous-YlRd", "continuous-BlPu", "continuous-YlBl", "continuous-blues"),
        *("continuous-reds", "continuous-greens", "continuous-purples", "fixed", "shades"),
        *NEWER_COLOURS,
    ),
    "seriesBy": ("min", "max", "last"),
}
#: A link of a value, of which Grafana's schemas say only what a link of a dashboard has: not `oneClick`.
_LINK: Shape = {
    "asDropdown": bool,
    "icon": str,
    "includeVars": bool,
    "keepTime": bool,
    "oneClick": bool,
    "placement": ("inControlsMenu",),
    "tags": [str],
    "targetBlank": bool,
    "title": str,
    "tooltip": str,
    "type": ("link", "dashboards"),
    "url": str,
}
_RESULT: Shape = {"color": str, "icon": str, "index": int, "text": str}
_MAPPING = Tagged(
    {
        "value": {"options": Each(_RESULT)},
        "range": {"options": {"from": float, "result": _RESULT, "to": float}},
        "regex": {"options": {"pattern": str, "result": _RESULT}},
        "special": {
            "options": {"match": ("true", "false", "null", "nan", "null+nan", "empty"), "result": _RESULT},
        },
    }
)

#: Settings of fields on all kinds of panel that have numbers, but for `custom`.
FIELDS: Mapping[str, Shape] = {
    "actions": [_ACTION],
    "color": _COLOUR,
    "decimals": float,
    "description": str,
    "displayName": str,
    "displayNameFromDS": str,
    "fieldMinMax": bool,
    "filterable": bool,
    "links": [_LINK],
    "mappings": [_MAPPING],
    "max": float,
    "min": float,
    "noValue": str,
    "path": str,
    "thresholds": {"mode": ("absolute", "percentage"), "steps": [{"color": str, "value": float}]},
    "unit": str,
    "writeable": bool,
}

_HIDDEN: Shape = {"legend": bool, "tooltip": bool, "viz": bool}
_GRAPH: Mapping[str, Shape] = {
    **AXIS,
    "barAlignment": (-1, 0, 1),
    "barMaxWidth": float,
    "barWidthFactor": float,
    "drawStyle": ("line", "bars", "points"),
    "fillBelowTo": str,
    "fillColor": str,
    "fillOpacity": float,
    "gradientMode": ("none", "opacity", "hue", "scheme"),
    "hideFrom": _HIDDEN,
    "insertNulls": Either((bool, float)),
    "lineColor": str,
    "lineInterpolation": ("linear", "smooth", "stepBefore", "stepAfter"),
    "lineStyle": {"dash": [float], "fill": ("solid", "dash", "dot", "square")},
    "lineWidth": float,
    "pointColor": str,
    "pointSize": float,
    "pointSymbol": str,
    "scaleDistribution": SCALE,
    "showPoints": ("auto", "never", "always"),
    "spanNulls": Either((bool, float)),
    "stacking": {"group": str, "mode": ("none", "normal", "percent")},
    "thresholdsStyle": {"mode": ("off", "line", "dashed", "area", "line+area", "dashed+area", "series")},
    "transform": ("constant", "negative-Y"),
}
_CELL = Tagged(
    {
        "auto": {"wrapText": bool},
        "sparkline": {**_GRAPH, "hideValue": bool},
        "gauge": {"mode": ("basic", "lcd", "gradient"), "valueDisplayMode": ("color", "text", "hidden")},
        "color-background": {"applyToRow": bool, "mode": ("basic", "gradient"), "wrapText": bool},
        "color-text": {"wrapText": bool},
        "image": {"alt": str, "title": str},
        "data-links": {},
        "actions": {},
        "json-view": {},
        "pill": {},
        "markdown": {"disableSanitizeHtml": bool, "dynamicHeight": bool},
    }
)
#: What came after the schemas, with Grafana 12.2 and later: kinds of cells, and settings of columns.
NEWER_CELLS = ("markdown", "pill")
NEWER_COLUMNS: Mapping[str, Shape] = {
    "footer": {"reducers": [str]},
    "styleField": str,
    "tooltip": {"field": str, "placement": str},
    "wrapHeaderText": bool,
    "wrapText": bool,
}

#: Settings of fields that only one kind of panel has, which stand under `custom`.
CUSTOM: Mapping[PanelKind, Mapping[str, Shape]] = {
    PanelKind.STAT: {},
    PanelKind.TIMESERIES: _GRAPH,
    PanelKind.TABLE: {
        "align": ("auto", "left", "right", "center"),
        "cellOptions": _CELL,
        "displayMode": (
            *("auto", "color-text", "color-background", "color-background-solid", "gradient-gauge", "lcd-gauge"),
            *("json-view", "basic", "image", "gauge", "sparkline", "data-links", "custom", "actions"),
        ),
        "filterable": bool,
        "hidden": bool,
        "hideHeader": bool,
        "inspect": bool,
        "minWidth": float,
        "width": float,
        **NEWER_COLUMNS,
    },
    # Where the dial's colour begins, which Grafana's schemas leave out.
    PanelKind.GAUGE: {"neutral": float},
    PanelKind.BARGAUGE: {},
    PanelKind.STATETIMELINE: {
        **AXIS,
        "fillOpacity": int,
        "hideFrom": _HIDDEN,
        "insertNulls": Either((bool, int)),
        "lineWidth": int,
        "scaleDistribution": SCALE,
        "spanNulls": Either((bool, int)),
    },
    PanelKind.HEATMAP: {"hideFrom": _HIDDEN, "scaleDistribution": SCALE},
}
