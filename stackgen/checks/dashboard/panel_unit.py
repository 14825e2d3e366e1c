"""Panels without a unit, or with one that Grafana does not know."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Panel, list_of, object_of, text_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.grafana_units import OWN, UNITS
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/panel-unit",
    level=Level.WARNING,
    title="a panel without a valid unit",
    why="0.05 may be seconds, a share or requests; with a unit, Grafana writes 50 ms or 5 %.",
    on=Panel,
)
_WITH_UNIT = frozenset({"timeseries", "stat", "gauge", "bargauge", "graph", "singlestat", "barchart", "piechart"})


def check(panel: Panel, _context: Context) -> Iterator[Finding]:
    """Panels of numbers whose unit is missing or unknown; where values are mapped to words none is needed."""
    if panel.type not in _WITH_UNIT or not panel.targets:
        return
    overrides = [
        object_of(each)
        for override in list_of(object_of(panel.data.get("fieldConfig")).get("overrides"))
        for each in list_of(object_of(override).get("properties"))
    ]
    own = [text_of(each.get("value")) for each in overrides if each.get("id") == "unit"]
    unit = text_of(panel.defaults.get("unit"))
    if not unit and not own and not list_of(panel.defaults.get("mappings")):
        yield panel.finding(META, f"{panel.shown} has no unit", "set one; `short` for plain numbers", *_PLACE)
    for each in (unit, *own):
        if each and each not in UNITS and not each.startswith(OWN) and "$" not in each:
            yield panel.finding(
                META, f"Grafana knows no unit {each!r}", "use an id of its list, or suffix:...", *_PLACE
            )


_PLACE = ("fieldConfig", "defaults", "unit")
