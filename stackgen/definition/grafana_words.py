"""Grafana's own names of what a panel may say beyond the language: its options, and the settings of its fields.

They are the keys of Grafana 12's schemas; `tests/unit/dashboards/test_raw_panels.py` holds them against those.
"""

from __future__ import annotations

from stackgen.definition.model import PanelKind

#: Options of each kind of panel.
OPTIONS: dict[PanelKind, tuple[str, ...]] = {
    PanelKind.STAT: (
        *("colorMode", "graphMode", "justifyMode", "orientation", "percentChangeColorMode", "reduceOptions"),
        *("showPercentChange", "text", "textMode", "wideLayout"),
    ),
    PanelKind.TIMESERIES: ("legend", "orientation", "timezone", "tooltip"),
    PanelKind.TABLE: ("cellHeight", "footer", "frameIndex", "showHeader", "showTypeIcons", "sortBy"),
    PanelKind.GAUGE: (
        *("minVizHeight", "minVizWidth", "orientation", "reduceOptions", "showThresholdLabels"),
        *("showThresholdMarkers", "sizing", "text"),
    ),
    PanelKind.BARGAUGE: (
        *("displayMode", "legend", "maxVizHeight", "minVizHeight", "minVizWidth", "namePlacement", "orientation"),
        *("reduceOptions", "showUnfilled", "sizing", "text", "valueMode"),
    ),
    PanelKind.STATETIMELINE: (
        *("alignValue", "legend", "mergeValues", "perPage", "rowHeight", "showValue", "timezone", "tooltip"),
    ),
    PanelKind.HEATMAP: (
        *("calculate", "calculation", "cellGap", "cellRadius", "cellValues", "color", "exemplars", "filterValues"),
        *("legend", "rowsFrame", "selectionMode", "showValue", "tooltip", "yAxis"),
    ),
    PanelKind.TEXT: ("code", "content", "mode"),
}

#: Settings of fields, on all kinds of panel that have numbers.
FIELDS = (
    *("actions", "color", "custom", "decimals", "description", "displayName", "displayNameFromDS", "fieldMinMax"),
    *("filterable", "links", "mappings", "max", "min", "noValue", "path", "thresholds", "unit", "writeable"),
)
