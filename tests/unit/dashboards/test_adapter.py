"""grafanalib stays behind one adapter, and none of its traps comes through."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import stackgen
from stackgen.definition import load
from stackgen.generators import dashboards
from stackgen.generators.grafana.adapter.normalise import only, plain
from tests.unit.dashboards.contract import panels, targets

PACKAGE = Path(stackgen.__file__).parent


def overview() -> dict[str, Any]:
    result: dict[str, Any] = json.loads(dashboards.generate(load("cache"))["cache/overview.json"])
    return result


def everything(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value, at any depth."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield key, part
            yield from everything(part)
    elif isinstance(value, list):
        for part in value:
            yield from everything(part)


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_only_the_adapter_imports_grafanalib() -> None:
    importers = {path.parent for path in PACKAGE.rglob("*.py") if "grafanalib" in imported(path)}
    assert importers == {PACKAGE / "generators" / "grafana" / "adapter"}


def test_no_key_of_old_dashboards_is_left() -> None:
    old = {"__inputs", "editable", "gnetId", "hideControls", "id", "rows", "sharedCrosshair", "style", "version"}
    assert old & overview().keys() == {"editable"}
    old_in_panels = {
        "cacheTimeout",
        "editable",
        "error",
        "height",
        "minSpan",
        "span",
        "seriesOverrides",
    }
    # grafanalib's own number would make every graph coarse.
    graphs = [panel for panel in panels(overview()) if panel["type"] == "timeseries" and "interval" not in panel]
    assert {panel.get("maxDataPoints") for panel in graphs} == {None}
    assert not [panel["title"] for panel in panels(overview()) if old_in_panels & panel.keys()]
    old_in_targets = {"intervalFactor", "step", "metric", "query", "target"}
    assert not [target["refId"] for target in targets(overview()) if old_in_targets & target.keys()]


def test_a_null_is_left_only_where_it_is_a_value() -> None:
    nulls = [key for key, value in everything(overview()) if value is None]
    assert set(nulls) == {"value"}, "the base of a threshold has no number"
    assert not [value for _, value in everything(overview()) if value == "null"]


def test_plain_takes_out_what_is_not_set_and_keeps_a_thresholds_base() -> None:
    assert plain({"a": None, "b": [{"c": None, "d": 0}]}) == {"b": [{"d": 0}]}
    assert plain({"color": "red", "value": None}) == {"color": "red", "value": None}


def test_only_keeps_known_keys_that_hold_something() -> None:
    assert only({"a": 0, "b": "", "c": [], "d": {}, "e": 1}, frozenset("abcd")) == {"a": 0}


def test_the_crosshair_is_shared() -> None:
    assert overview()["graphTooltip"] == 1
    assert 39 <= overview()["schemaVersion"] <= 42


def test_all_queries_go_where_the_variable_says() -> None:
    sources = [value for key, value in everything(overview()) if key == "datasource"]
    assert sources
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)
