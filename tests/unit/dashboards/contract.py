"""What Grafana asks of a dashboard: its own JSON Schemas, its own model in Python, its linter's rules, its grid."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from jsonschema import Draft7Validator

with warnings.catch_warnings():
    # It would rather be given the v2 model, which Grafana 13 does not take from files: the classic one is on purpose.
    warnings.filterwarnings("ignore", "Prefer using dashboardv2", DeprecationWarning)
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

Json = dict[str, Any]

SCHEMAS = Path(__file__).parents[4] / "shared" / "grafana-schema"

#: The file of a panel type's schema is named after the type without its hyphen.
_FILES = {"state-timeline": "statetimeline"}

#: Panel types that ask Prometheus.
QUERYING = ("stat", "timeseries", "heatmap", "table", "gauge", "bargauge", "state-timeline")


def need_schemas() -> None:
    """Skip the test where Grafana's schemas are not at hand; they are kept beside the repository, not in it."""
    if not SCHEMAS.is_dir():
        pytest.skip("Grafana's schemas are not in ../shared/grafana-schema, beside the repository")


# -- reading a dashboard ----------------------------------------------------------------------------------------------


def panels(dashboard: Json) -> list[Json]:
    """All panels but the rows' titles, those of collapsed rows included."""
    found: list[Json] = []
    for panel in dashboard["panels"]:
        found += panel["panels"] if panel["type"] == "row" else [panel]
    return found


def panel(dashboard: Json, title: str, kind: str | None = None) -> Json:
    """The one panel of that title (and type)."""
    (found,) = [each for each in panels(dashboard) if each["title"] == title and kind in (None, each["type"])]
    return found


def targets(dashboard: Json) -> list[Json]:
    return [target for panel in panels(dashboard) for target in panel.get("targets", ())]


def resolved(expression: str) -> str:
    """An expression with Grafana's macros and variables filled in, as Prometheus gets it."""
    return re.sub(r"\$\w+", ".+", with_times(expression))


def with_times(expression: str) -> str:
    """An expression with Grafana's macros of times filled in."""
    for macro, value in (
        ("$__rate_interval", "1m"), ("$__interval_ms", "60000"), ("$__interval", "1m"), ("$__range", "3h")
    ):  # fmt: skip
        expression = expression.replace(macro, value)
    return expression


def selectors(expression: str) -> Iterator[str]:
    """The series that an expression selects, as `{...}` with its matchers, variables as they stand."""
    for _, matchers in named_selectors(expression):
        yield matchers


def named_selectors(expression: str) -> Iterator[tuple[str, str]]:
    """The series that an expression selects: their name, and `{...}` with the matchers."""
    readable = with_times(expression)
    pending = [promql_parser.parse(readable)]
    while pending:
        node = pending.pop()
        match node:
            case promql_parser.VectorSelector():
                yield node.name or "", str(node.matchers)
            case promql_parser.MatrixSelector():
                pending.append(node.vector_selector)
            case promql_parser.AggregateExpr() | promql_parser.ParenExpr() | promql_parser.UnaryExpr():
                pending.append(node.expr)
            case promql_parser.SubqueryExpr():
                pending.append(node.expr)
            case promql_parser.BinaryExpr():
                pending += [node.lhs, node.rhs]
            case promql_parser.Call():
                pending += list(node.args)


# -- Grafana's schemas ------------------------------------------------------------------------------------------------


_NOTHING = Draft7Validator({"maxProperties": 0})


@cache
def _schema(name: str) -> Json:
    schema: Json = json.loads((SCHEMAS / f"{name}.jsonschema.json").read_text())
    definitions = schema["definitions"]
    # Typed too narrowly upstream: both say `object`, yet every scalar is legal (see the README beside the schemas).
    for owner, field in (("DynamicConfigValue", "value"), ("MatcherConfig", "options")):
        if owner in definitions:
            definitions[owner]["properties"][field] = {}
    return schema


@cache
def _validator(name: str, part: str | None = None) -> Draft7Validator | None:
    schema = _schema(name)
    if part is None:
        return Draft7Validator(schema)
    if part not in schema["definitions"]:
        return None
    return Draft7Validator({**schema, "$ref": f"#/definitions/{part}"})


def schema_errors(dashboard: Json) -> list[str]:
    """What Grafana's schemas find wrong with the dashboard, its panels' options and fields, and its queries."""
    checked: list[tuple[str, Draft7Validator | None, Any]] = [("dashboard", _validator("dashboard"), dashboard)]
    for panel in panels(dashboard):
        name, title = _FILES.get(panel["type"], panel["type"]), panel["title"]
        custom = panel.get("fieldConfig", {}).get("defaults", {}).get("custom", {})
        checked.append((f"{title}: options", _validator(name, "Options"), panel["options"]))
        # A type without field settings of its own takes none.
        checked.append((f"{title}: custom", _validator(name, "FieldConfig") or _NOTHING, custom))
        queries = panel.get("targets", ())
        checked += [(f"{title}: {query['refId']}", _validator("prometheus"), query) for query in queries]
    return [
        f"{where}: {error.json_path}: {error.message}"
        for where, validator, value in checked
        if validator is not None
        for error in validator.iter_errors(value)
    ]


# -- Grafana's own model ----------------------------------------------------------------------------------------------

#: What the SDK writes where nothing is said; Grafana takes the same for granted.
_TAKEN_FOR_GRANTED = {
    "allowCustomValue": True,
    "auto": False,
    "auto_count": 30,
    "auto_min": "10s",
    "builtIn": 0,
    "fiscalYearStartMonth": 0,
    "footer": {"countRows": False, "reducer": [], "show": False},
    "hidden": False,
    "placement": "inControlsMenu",
    "repeatDirection": "h",
    "selectionMode": "x",
    "showTypeIcons": False,
    "skipUrlSync": False,
    "transparent": False,
}


def changed_by_sdk(dashboard: Json) -> list[str]:
    """What is different once Grafana's SDK has read the dashboard and written it again, but for its defaults."""
    register_default_plugins()
    given_back = json.loads(json.dumps(Dashboard.from_json(dashboard), cls=JSONEncoder))
    return list(_differences(dashboard, given_back, ""))


def _differences(ours: Any, theirs: Any, path: str) -> Iterator[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            if key not in theirs:
                yield f"{path}.{key} is lost"
            elif key in ours:
                yield from _differences(ours[key], theirs[key], f"{path}.{key}")
            elif key not in _TAKEN_FOR_GRANTED or theirs[key] != _TAKEN_FOR_GRANTED[key]:
                yield f"{path}.{key} is added: {theirs[key]!r}"
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for position, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _differences(one, other, f"{path}[{position}]")
    elif ours != theirs:
        yield f"{path} is {theirs!r}, was {ours!r}"


# -- the grid ---------------------------------------------------------------------------------------------------------


def grid_errors(dashboard: Json) -> list[str]:
    """Cells of the 24 columns that no panel or more than one panel stands on, at the top level and in folded rows."""
    top_level = dashboard["panels"]
    problems = _tiling(top_level, 0, "dashboard")
    for row in top_level:
        if row["type"] == "row" and row["panels"]:
            problems += _tiling(row["panels"], row["gridPos"]["y"] + 1, row["title"])
    return problems


def _tiling(tiles: list[Json], top: int, where: str) -> list[str]:
    count: dict[tuple[int, int], int] = {}
    for tile in tiles:
        place = tile["gridPos"]
        for y in range(place["y"], place["y"] + place["h"]):
            for x in range(place["x"], place["x"] + place["w"]):
                count[x, y] = count.get((x, y), 0) + 1
    bottom = max((y for _, y in count), default=top - 1) + 1
    cells = {(x, y) for y in range(top, bottom) for x in range(24)}
    problems = [f"{where}: nothing at {cell}" for cell in sorted(cells - count.keys())]
    problems += [f"{where}: outside of the grid at {cell}" for cell in sorted(count.keys() - cells)]
    return problems + [f"{where}: {n} panels at {cell}" for cell, n in sorted(count.items()) if n > 1]


# -- the rules of grafana/dashboard-linter ----------------------------------------------------------------------------

_UNITS = {
    *("none", "string", "short", "percent", "percentunit", "bytes", "Bps", "s", "ops", "reqps", "celsius", "hertz"),
    *("dateTimeFromNow", "volt", "amp", "watt", "joule", "lengthm", "massg"),
}


def lint(dashboard: Json) -> list[str]:
    """What `dashboard-linter --strict` would say, rule by rule (the linter itself is a Go program)."""
    variables = {each["name"]: each for each in dashboard["templating"]["list"]}
    problems = [] if dashboard["editable"] is False else ["uneditable-dashboard"]
    source = variables.get("datasource", {})
    if (source.get("type"), source.get("query"), source.get("label")) != ("datasource", "prometheus", "Data source"):
        problems.append("template-datasource-rule")
    for name in ("job", "instance") if _about_targets(dashboard) else ():
        asked = variables.get(name, {})
        wanted = {"type": "query", "label": name.capitalize(), "multi": True, "allValue": ".+"}
        if {key: asked.get(key) for key in wanted} != wanted or asked["datasource"]["uid"] != "${datasource}":
            problems.append(f"template-{name}-rule")
    for name, each in variables.items():
        if each["type"] == "query" and each["refresh"] != 2:
            problems.append(f"template-on-time-change-reload-rule: {name}")
        if each["type"] == "query" and not _label_query_parses(each["query"]):
            problems.append(f"template-label-promql-rule: {name}")
    for panel in panels(dashboard):
        problems += [f"{problem}: {panel['title']}" for problem in _lint_panel(panel)]
    return problems


def _about_targets(dashboard: Json) -> bool:
    """Whether any panel asks for what targets expose; an objective is not of one of them."""
    asked = (name for target in targets(dashboard) for name, _ in named_selectors(target["expr"]))
    return not all(name.startswith("slo:") for name in asked)


def _lint_panel(panel: Json) -> Iterator[str]:
    if not panel["title"] or not panel["description"]:
        yield "panel-title-description-rule"
    if panel["type"] not in QUERYING:
        return
    if panel["datasource"]["uid"] != "${datasource}":
        yield "panel-datasource-rule"
    if not panel["targets"]:
        yield "panel-no-targets-rule"
    unit = panel["fieldConfig"]["defaults"].get("unit", "")
    if unit not in _UNITS and not unit.startswith("suffix:"):
        yield f"panel-units-rule: {unit}"
    for target in panel["targets"]:
        yield from _lint_target(target)


def _lint_target(target: Json) -> Iterator[str]:
    try:
        selected = list(named_selectors(target["expr"]))
    except ValueError as error:
        yield f"target-promql-rule: {error}"
        return
    for name in ("job", "instance"):
        # Series of objectives have neither label, and those of an alert only what it is split by. The linter takes such
        # exceptions in its file `.lint`; these are the ones that docs/dashboards.md names.
        narrowed = [matchers for series, matchers in selected if not series.startswith(("ALERTS", "slo:"))]
        if any(f'{name}=~"${name}"' not in matchers for matchers in narrowed):
            yield f"target-{name}-rule"
        alerts = [matchers for series, matchers in selected if series.startswith("ALERTS")]
        if any(f'{name}=~"${name}|"' not in matchers for matchers in alerts):
            yield f"target-{name}-rule: of alerts"
    unquoted = re.sub(r'"(?:\\.|[^"\\])*"', '""', target["expr"])  # a value of a label may have any character
    if re.search(r"\b(rate|irate)\([^\[]*\[(?!\$__rate_interval\])", unquoted):
        yield "target-rate-interval-rule"
    if re.search(r"(?<!rate\()(?<!increase\()\b\w+_total\{", unquoted):
        yield "target-counter-agg-rule"


def _label_query_parses(query: str) -> bool:
    asked = re.fullmatch(r"label_values\((?P<series>.+), *(?P<label>[a-zA-Z_]\w*)\)", query)
    if asked is None:
        return False
    promql_parser.parse(resolved(asked["series"]))
    return True


def unknown_labels(dashboard: Json) -> list[str]:
    """Links that are narrowed to a label by which what is shown is not split, so that they would lead nowhere."""
    found = []
    for panel in panels(dashboard):
        split = [
            set(re.findall(r"\w+", " ".join(re.findall(r"\bby \(([^)]*)\)", t["expr"]))))
            for t in panel.get("targets", ())
        ]
        for link in panel.get("fieldConfig", {}).get("defaults", {}).get("links", ()):
            labels = re.findall(r"__field\.labels\.(\w+)", link["url"])
            found += [f"{panel['title']}: {each}" for each in labels if not all(each in by for by in split)]
    return found


def problems(dashboard: Json) -> list[str]:
    """All that is wrong with a dashboard; the schemas are left out where they are not at hand."""
    found = [*changed_by_sdk(dashboard), *grid_errors(dashboard), *lint(dashboard), *unknown_labels(dashboard)]
    return [*found, *schema_errors(dashboard)] if SCHEMAS.is_dir() else found
