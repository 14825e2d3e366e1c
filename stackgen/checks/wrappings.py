"""Dashboards and rules in forms that are not read: what they are, so that nobody takes them for checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stackgen.definition.tree import Node

#: Kinds of custom resources, of Grafana's and of operators.
_KINDS = {
    "Dashboard": "a dashboard as a resource of Grafana's API",
    "GrafanaDashboard": "a dashboard as a custom resource of Grafana's operator",
    "GrafanaAlertRuleGroup": "alerts of Grafana's own",
    "VMRule": "rules as a custom resource of VictoriaMetrics",
}
_INSIDE = re.compile(r'^\s*groups\s*:|"(?:panels|groups)"\s*:', re.MULTILINE)
CURE = "check what it holds as a file of its own: Prometheus rules, or the classic JSON of a dashboard"


def wrapped_json(value: object) -> str:
    """What a JSON value is that is no dashboard of the classic form; empty where it is nothing of the kind."""
    data: Mapping[str, Any] = value if isinstance(value, dict) else {}
    version, spec = data.get("apiVersion"), data.get("spec")
    if isinstance(version, str) and version.startswith("dashboard.grafana.app/"):
        return f"a dashboard as a resource of Grafana's API ({version}), which is not read"
    if _is_v2(data) or _is_v2(spec if isinstance(spec, dict) else {}):
        return "a dashboard of Grafana's schema 2, which is not read"
    return f"{_KINDS[data['kind']]}, which is not read" if data.get("kind") in (_KINDS.keys() - {"Dashboard"}) else ""


def _is_v2(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("elements"), dict) and "title" in data


def wrapped_yaml(root: Node) -> str:
    """What a YAML tree is that holds rules or a dashboard in a form that is not read; empty where it holds none."""
    kind = _text(root.child("kind"))
    if kind == "ConfigMap":
        data = root.child("data")
        for key, each in (data.value if data is not None and isinstance(data.value, dict) else {}).items():
            if isinstance(each.value, str) and _INSIDE.search(each.value):
                return f"a ConfigMap whose {key!r} holds rules or a dashboard, which is not read"
        return ""
    if kind == "Dashboard" and not _text(root.child("apiVersion")).startswith("dashboard.grafana.app/"):
        return ""
    return f"{_KINDS[kind]}, which is not read" if kind in _KINDS else ""


def _text(node: Node | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""
