"""Panels whose unit is not the expression's."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Panel, list_of, object_of, text_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/unit-scale",
    level=Level.ERROR,
    title="the panel's unit is not that of its expression",
    why="A share of 0.95 drawn in `percent` reads 0.95 %, and 100 microseconds drawn in `s` reads 1.67 min.",
    on=Panel,
)
#: What each unit of Grafana stands for.
_MEANS = {
    "percentunit": "ratio", "percent": "percent", "s": "seconds", "ms": "milliseconds", "µs": "microseconds",
    "us": "microseconds", "ns": "nanoseconds", "bytes": "bytes", "decbytes": "bytes", "dtdurations": "seconds",
    "dtdurationms": "milliseconds", "clocks": "seconds", "clockms": "milliseconds", "Bps": "bytes_per_second",
    "binBps": "bytes_per_second",
}  # fmt: skip
_CURES = {unit: grafana for grafana, unit in reversed(_MEANS.items())}


def check(panel: Panel, context: Context) -> Iterator[Finding]:
    """Expressions whose unit is known and is another one than that in which the panel draws them."""
    for target in panel.targets:
        query, unit = target.query, _drawn_in(panel, text_of(target.data.get("refId")))
        drawn = _MEANS.get(unit)
        if query is None or drawn is None:
            continue
        actual = context.unit(query.parsed.root) if query.parsed else None
        # A count in bytes or seconds is odd, but names of metrics are not proof enough of a count.
        if (
            actual is None
            or actual == drawn
            or actual not in _CURES
            or (actual, drawn) == ("seconds_per_second", "ratio")
        ):
            continue
        problem = f"{panel.shown} is drawn in {unit!r}, and its expression is in {actual.replace('_per_', ' per ')}"
        yield query.finding(META, 0, problem, f"set the unit {_CURES[actual]!r}, or scale the expression")


def _drawn_in(panel: Panel, reference: str) -> str:
    """The unit of a query's series, or of its column in a table: an override's, else the panel's default."""
    named = {reference: "byFrameRefID", f"Value #{reference}": "byName"}
    for transformation in map(object_of, list_of(panel.data.get("transformations"))):
        renamed = object_of(object_of(transformation.get("options")).get("renameByName"))
        if column := text_of(renamed.get(f"Value #{reference}")):
            named[column] = "byName"
    unit = text_of(panel.defaults.get("unit"))
    for override in map(object_of, list_of(object_of(panel.data.get("fieldConfig")).get("overrides"))):
        matcher = object_of(override.get("matcher"))
        if named.get(text_of(matcher.get("options"))) == matcher.get("id"):
            for each in map(object_of, list_of(override.get("properties"))):
                unit = text_of(each.get("value")) if each.get("id") == "unit" else unit
    return unit
