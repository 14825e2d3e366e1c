"""Brings what grafanalib emits to what Grafana's schemas allow.

grafanalib 0.7.1 writes keys of models long gone (`rows`, `style`, `span`, `intervalFactor`, ...), nulls for what is not
set, and threshold bases as the text "null". What is not listed here does not reach a dashboard.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

DASHBOARD_KEYS = frozenset(
    {
        "annotations",
        "description",
        "editable",
        "graphTooltip",
        "links",
        "panels",
        "refresh",
        "schemaVersion",
        "tags",
        "templating",
        "time",
        "timepicker",
        "timezone",
        "title",
        "uid",
    }
)
PANEL_KEYS = frozenset(
    {
        "datasource",
        "description",
        "fieldConfig",
        "gridPos",
        "id",
        "links",
        "options",
        "targets",
        "title",
        "transformations",
        "type",
    }
)
ROW_KEYS = frozenset(
    {
        "collapsed",
        "gridPos",
        "id",
        "panels",
        "title",
        "type",
    }
)
TARGET_KEYS = frozenset(
    {
        "datasource",
        "editorMode",
        "exemplar",
        "expr",
        "format",
        "instant",
        "legendFormat",
        "range",
        "refId",
    }
)
VARIABLE_KEYS = frozenset(
    {
        "allValue",
        "current",
        "datasource",
        "definition",
        "description",
        "includeAll",
        "label",
        "multi",
        "name",
        "options",
        "query",
        "refresh",
        "regex",
        "sort",
        "type",
    }
)
TIMEPICKER_KEYS = frozenset({"refresh_intervals"})


def plain(value: Any) -> Any:
    """A value with all of grafanalib's objects in it as dicts and lists, and without what is not set."""
    if hasattr(value, "to_json_data"):
        return plain(value.to_json_data())
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items() if part is not None or _says_none(value, key)}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def only(value: Json, keys: frozenset[str]) -> Json:
    """The given keys of an object, without those that hold nothing."""
    return {key: part for key, part in value.items() if key in keys and part not in ([], {}, "")}


def _says_none(value: Json, key: str) -> bool:
    """Whether a null is a value: the base of a threshold's steps has no number."""
    return key == "value" and "color" in value
