"""Which kind of datasource a part of a dashboard asks: the id of its plugin, as far as the dashboard tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stackgen.checks.query.macros import names

#: The plugin whose queries are PromQL.
PROMETHEUS = "prometheus"
#: Plugins that people name datasources after (`Loki`, `loki-prod`), where a dashboard names one and no type.
_IN_NAMES = re.compile(
    r"(?i)(?:^|[^a-z])(loki|elasticsearch|opensearch|influxdb|graphite|tempo|jaeger|cloudwatch)(?:[^a-z]|$)"
)
#: Grafana's own uids: of several datasources, of another panel's data, of the default.
_NO_ONE = frozenset({"", "-- Mixed --", "-- Dashboard --", "-- Grafana --", "default", "grafana"})
_NOT_CODE = re.compile(r'#[^\n]*|"(?:\\.|[^"\\])*"|`[^`]*`' + r"|'(?:\\.|[^'\\])*'")
#: Filters of lines and stages of a pipeline, which PromQL has not: `|= "x"`, `|~ "x"`, `| json`.
_LOGQL = re.compile(r"\|\s*[=~>]|\|\s*[a-z_]")


class Kinds:
    """The kinds of a dashboard's datasources."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        templating, inputs = data.get("templating"), data.get("__inputs")
        variables = templating.get("list") if isinstance(templating, dict) else None
        self._by_variable: dict[str, str] = {}
        for each, kind in (*_objects(variables, "query"), *_objects(inputs, "pluginId")):
            if each.get("type") == "datasource" and isinstance(each.get("name"), str):
                self._by_variable[each["name"]] = kind

    def of(self, *references: object) -> str:
        """The kind of the first reference that there is: a target's own, then its panel's. Empty: not known."""
        for reference in references:
            if reference is not None and reference != {}:
                return self._of(reference)
        return ""

    def _of(self, reference: object) -> str:
        uid: object = reference
        if isinstance(reference, dict):
            kind, uid = reference.get("type"), reference.get("uid")
            if isinstance(kind, str) and kind not in ("", "datasource"):
                return kind
        if not isinstance(uid, str) or uid in _NO_ONE:
            return ""
        for name in names(uid):
            if name in self._by_variable:
                return self._by_variable[name]
        found = _IN_NAMES.search(uid)
        return found[1].lower() if found else ""


def is_logql(text: str) -> bool:
    """Whether an expression is one of Loki's for certain, by what PromQL does not have."""
    return "|" in text and _LOGQL.search(_NOT_CODE.sub("", text)) is not None


def _objects(values: object, key: str) -> Sequence[tuple[Mapping[str, Any], str]]:
    """The objects of a list, each with the text of one of its keys."""
    found = []
    for each in values if isinstance(values, list) else ():
        if isinstance(each, dict):
            text = each.get(key)
            found.append((each, text if isinstance(text, str) else ""))
    return found
