"""Thresholds that Grafana does not read as they are meant."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from stackgen.checks.boards import Object, Panel, list_of, object_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/threshold-steps",
    level=Level.WARNING,
    title="steps of thresholds that are texts or not in order",
    why="Grafana takes the steps up to the first that is above the value: what stands behind that is never reached.",
    on=Panel,
)
#: What is larger is no number that anybody means.
_LARGEST = 1e300


def check(panel: Panel, _context: Context) -> Iterator[Finding]:
    """Steps of the panel's thresholds, and of those of its overrides."""
    yield from _steps(panel, object_of(panel.defaults.get("thresholds")), "fieldConfig", "defaults", "thresholds")
    overrides = list_of(object_of(panel.data.get("fieldConfig")).get("overrides"))
    for at, override in enumerate(overrides):
        for index, each in enumerate(list_of(object_of(override).get("properties"))):
            if object_of(each).get("id") == "thresholds":
                path = ("fieldConfig", "overrides", at, "properties", index, "value")
                yield from _steps(panel, object_of(object_of(each).get("value")), *path)


def _steps(panel: Panel, thresholds: Object, *path: str | int) -> Iterator[Finding]:
    before = -inf
    for index, step in enumerate(list_of(thresholds.get("steps"))):
        value = object_of(step).get("value")
        at = (*path, "steps", index, "value")
        if isinstance(value, str):
            cure = "write null for the first step" if value.strip() in ("", "null") else "write it without quotes"
            yield panel.finding(META, f"the value of a step is the text {value!r}", cure, *at)
            return
        number = value if isinstance(value, int | float) and abs(value) < _LARGEST else -inf
        if number < before:
            shown = "without a value" if number == -inf else f"{number:g}"
            yield panel.finding(META, f"the step {shown} stands behind {before:g}", "put the lowest first", *at)
            return
        before = number
