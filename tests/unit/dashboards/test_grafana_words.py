"""What a definition says in Grafana's words is what Grafana's schemas know, or it is reported at its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stackgen.definition.grafana.options import CALCULATIONS, OPTIONS
from stackgen.definition.grafana.settings import CUSTOM, FIELDS, NEWER_CELLS, NEWER_COLOURS, NEWER_COLUMNS
from stackgen.definition.grafana.shapes import Each, Either, Shape, Tagged
from stackgen.definition.model import PanelKind
from tests.unit.dashboards.contract import SCHEMAS, need_schemas
from tests.unit.dashboards.definitions import shown, wrong

_TYPES = {"boolean": bool, "number": float, "integer": int, "string": str}


def plain(shape: Shape) -> Any:
    """A shape as plain data, without what we know of Grafana beyond its schemas."""
    match shape:
        case _ if shape == CALCULATIONS:
            return str
        case Either(types):
            return {*types}
        case Tagged(shapes):
            return [{"type": tag, **{key: plain(each) for key, each in shapes[tag].items()}} for tag in sorted(shapes)]
        case Each(value):
            return {"*": plain(value)}
        case tuple():
            return {*shape} if len(shape) > 1 else shape[0]
        case list():
            return [plain(shape[0])]
        case dict():
            return {key: plain(each) for key, each in shape.items()}
    return shape


def of_schema(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """The same of one of Grafana's JSON Schemas."""
    if "$ref" in schema:
        return of_schema(document, document["definitions"][schema["$ref"].rsplit("/", 1)[-1]])
    if "allOf" in schema:
        (schema_of_all,) = schema["allOf"]
        return schema["default"] if "default" in schema else of_schema(document, schema_of_all)
    if "enum" in schema:
        return {*schema["enum"]}
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            found = [of_schema(document, each) for each in schema[choice] if each.get("type") != "null"]
            if len(found) == 1:
                return found[0]
            return sorted(found, key=lambda each: each["type"]) if isinstance(found[0], dict) else {*found}
    match schema.get("type"):
        case "object" if "properties" in schema:
            return {key: of_schema(document, each) for key, each in schema["properties"].items()}
        case "object":
            return {"*": of_schema(document, schema["additionalProperties"])}
        case "array":
            return [of_schema(document, schema["items"])]
    return _TYPES[schema["type"]]


def schema(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SCHEMAS / f"{name}.jsonschema.json").read_text())
    return document


@pytest.mark.parametrize("kind", PanelKind)
def test_options_are_those_of_grafanas_schemas(kind: PanelKind) -> None:
    need_schemas()
    document = schema(kind.value)
    assert plain(OPTIONS[kind]) == of_schema(document, document["definitions"]["Options"])


@pytest.mark.parametrize("kind", CUSTOM)
def test_settings_of_one_kind_of_panel_are_those_of_grafanas_schemas(kind: PanelKind) -> None:
    need_schemas()
    document = schema(kind.value)
    expected = of_schema(document, document["definitions"].get("FieldConfig", {"type": "object", "properties": {}}))
    if kind is PanelKind.GAUGE:
        expected["neutral"] = float  # an option of the panel's editor that its schema lacks
    known = plain(CUSTOM[kind])
    if kind is PanelKind.TABLE:  # newer than the schemas
        known = {key: each for key, each in known.items() if key not in NEWER_COLUMNS}
        known["cellOptions"] = [each for each in known["cellOptions"] if each["type"] not in NEWER_CELLS]
    assert known == expected


def test_settings_of_fields_are_those_of_grafanas_schemas() -> None:
    need_schemas()
    document = schema("dashboard")
    properties = document["definitions"]["FieldConfig"]["properties"]
    expected = {key: of_schema(document, each) for key, each in properties.items() if key not in ("custom", "links")}
    known = plain({key: each for key, each in FIELDS.items() if key != "links"})
    known["color"]["mode"] -= {*NEWER_COLOURS}
    assert known == expected
    # A link of a field can be one click away, which the schema, that of a dashboard's links, does not say.
    links = of_schema(document, properties["links"])[0] | {"oneClick": bool}
    assert plain(FIELDS["links"]) == [links]


WORDS_OF_OPTIONS = [
    ("stat: busy", "{graphmode: none}", ".graphmode: Grafana has no 'graphmode' here; did you mean 'graphMode'?"),
    ("stat: busy", "{graphMode: sparkle}", ".graphMode: unknown value 'sparkle'; known: none, line, area"),
    ("stat: busy", "{colorMode: backgroud}", ".colorMode: unknown value 'backgroud'; did you mean 'background'?"),
    (
        "stat: busy",
        "{reduceOptions: {calcs: [lastNotNul]}}",
        ".reduceOptions.calcs[0]: unknown value 'lastNotNul'; did",
    ),
    ("stat: busy", "{reduceOptions: {calc: [last]}}", ".reduceOptions.calc: Grafana has no 'calc' here; did you mean"),
    ("stat: busy", "{text: {valueSize: big}}", ".text.valueSize: the text 'big' cannot stand here; write a number"),
    ("stat: busy", "{wideLayout: 1}", ".wideLayout: the number 1 cannot stand here; write true or false"),
    ("timeseries: busy", "{graphMode: none}", ".graphMode: Grafana has no 'graphMode' here; known: legend, orient"),
    ("timeseries: busy", "{legend: table}", ".legend: the text 'table' cannot stand here; write a mapping"),
    ("timeseries: busy", "{legend: {calcs: max}}", ".legend.calcs: the text 'max' cannot stand here; write a list"),
    ("timeseries: busy", "{legend: {displayMode: grid}}", "unknown value 'grid'; known: list, table, hidden"),
    (
        "timeseries: busy",
        "{tooltip: {sort: descending}}",
        ".tooltip.sort: unknown value 'descending'; known: asc, desc",
    ),
    ("heatmap: duration", "{color: {mode: schema}}", ".color.mode: unknown value 'schema'; did you mean 'scheme'?"),
    ("text: hello", "{mode: marked}", ".mode: unknown value 'marked'"),
]
WORDS_OF_FIELDS = [
    ("stat", "{units: s}", ".units: Grafana has no 'units' here; did you mean 'unit'?"),
    ("stat", "{unit: 17}", ".unit: the number 17 cannot stand here; write a text"),
    ("stat", "{decimals: two}", ".decimals: the text 'two' cannot stand here; write a number"),
    ("stat", "{decimals: true}", ".decimals: true or false cannot stand here; write a number"),
    ("stat", "{min: 5, max: 1}", ".max: nothing lies between 5 and 1; make `max` larger than `min`"),
    ("stat", "{color: {mode: rainbow}}", ".color.mode: unknown value 'rainbow'"),
    ("stat", "{mappings: [{type: ranges}]}", ".mappings[0].type: unknown value 'ranges'; did you mean 'range'?"),
    ("stat", "{mappings: [{options: {}}]}", ".mappings[0]: 'type' is missing; add one of value, range, regex, special"),
    ("stat", "{custom: {fillOpacity: 3}}", ".custom: a stat has no settings of its own; remove 'custom'"),
    ("timeseries", "{custom: {fillOpacty: 3}}", ".custom.fillOpacty: Grafana has no 'fillOpacty' here; did you mean"),
    ("timeseries", "{custom: {lineInterpolation: wiggly}}", "unknown value 'wiggly'; known: linear, smooth"),
    ("timeseries", "{custom: {spanNulls: often}}", ".custom.spanNulls: the text 'often' cannot stand here; write true"),
    ("table", "{custom: {lineWidth: 1}}", ".custom.lineWidth: Grafana has no 'lineWidth' here"),
    ("table", "{custom: {cellOptions: {type: colored}}}", ".custom.cellOptions.type: unknown value 'colored'"),
]
MATCHERS = [
    ("timeseries: busy", "{id: byNam, options: x}", ".id: Grafana has no matcher 'byNam'; did you mean 'byName'?"),
    ("timeseries: busy", "{id: byName}", "matcher: byName does not say what it matches; add `options`"),
    ("timeseries: busy", "{id: byName, options: [x]}", ".options: a list cannot stand here; write a text"),
    ("timeseries: busy", "{id: byType, options: numbers}", ".options: unknown value 'numbers'; did you mean 'number'?"),
    ("timeseries: busy", "{id: byRegexp, options: /(/}", ".options: no regular expression: missing )"),
    ("timeseries: busy", "{id: byRegexp, options: /x}", ".options: '/x' begins with a slash and does not end with one"),
    ("timeseries: busy", "{id: byFrameRefID, options: buzy}", ".options: no query 'buzy' here; did you mean 'busy'?"),
    ("heatmap: duration", "{id: byFrameRefID, options: A}", ".options: no query 'A' here; known: duration"),
]
SETTINGS = [
    ("timeseries", "{id: colour, value: 1}", ".id: a timeseries has no setting 'colour'; did you mean 'color'?"),
    ("timeseries", "{id: custom.lineWidht, value: 1}", "did you mean 'custom.lineWidth'?"),
    ("timeseries", "{id: unit, value: 17}", ".value: the number 17 cannot stand here; write a text"),
    ("timeseries", "{id: color, value: {mode: fix}}", ".value.mode: unknown value 'fix'; did you mean 'fixed'?"),
    ("stat", "{id: custom.lineWidth, value: 1}", ".id: a stat has no setting 'custom.lineWidth'"),
]


def words(text: str) -> Any:
    return yaml.safe_load(text)


@pytest.mark.parametrize(("shows", "options", "line"), WORDS_OF_OPTIONS)
def test_an_option_that_grafana_does_not_know_is_told(tmp_path: Path, shows: str, options: str, line: str) -> None:
    found = wrong(tmp_path, words(shows) | {"options": words(options)})
    assert "panels[0].options." in found
    assert line in found


@pytest.mark.parametrize(("kind", "fields", "line"), WORDS_OF_FIELDS)
def test_a_setting_that_grafana_does_not_know_is_told(tmp_path: Path, kind: str, fields: str, line: str) -> None:
    assert line in wrong(tmp_path, {kind: "busy", "fields": words(fields)})


@pytest.mark.parametrize(("shows", "matcher", "line"), MATCHERS)
def test_an_override_picks_what_there_is(tmp_path: Path, shows: str, matcher: str, line: str) -> None:
    override = {"matcher": words(matcher), "properties": [{"id": "unit", "value": "s"}]}
    found = wrong(tmp_path, words(shows) | {"overrides": [override]})
    assert "overrides[0].matcher" in found
    assert line in found


@pytest.mark.parametrize(("kind", "setting", "line"), SETTINGS)
def test_an_override_sets_what_the_panel_has(tmp_path: Path, kind: str, setting: str, line: str) -> None:
    override = {"matcher": {"id": "byName", "options": "Workers"}, "properties": [words(setting)]}
    found = wrong(tmp_path, {kind: "busy", "overrides": [override]})
    assert "overrides[0].properties[0]" in found
    assert line in found


@pytest.mark.parametrize(
    "matcher",
    [
        r"{id: byRegexp, options: '/^p(?<percent>\d+)$/i'}",
        r"{id: byRegexp, options: 'p\d+ .*'}",
        "{id: byNames, options: {mode: exclude, names: [p99], prefix: 'All except:'}}",
        "{id: byValue, options: {op: gte, reducer: p95, value: 0}}",
        "{id: byType, options: number}",
        "{id: byFrameRefID, options: p99}",
        "{id: numeric}",
    ],
)
def test_fields_are_picked_in_all_ways_that_grafana_has(tmp_path: Path, matcher: str) -> None:
    setting = {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [10, 10]}}
    given = {"matcher": words(matcher), "properties": [setting]}
    panel = shown(tmp_path, {"timeseries": "p99", "overrides": [given]})
    assert panel["fieldConfig"]["overrides"][-1] == given


def test_null_is_grafanas_not_set(tmp_path: Path) -> None:
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 80}]
    panel = shown(tmp_path, {"stat": "busy", "fields": {"thresholds": {"mode": "percentage", "steps": steps}}})
    assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"] == steps
