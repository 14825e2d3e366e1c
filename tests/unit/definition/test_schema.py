"""The schema that ships with the package: for editors, and for the reader itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from stackgen.definition import packs, schema_text

SCHEMA: dict[str, Any] = json.loads(schema_text())


def test_the_schema_is_a_schema() -> None:
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", [*packs().values(), *(Path(__file__).parents[2] / "definitions").glob("*.yaml")])
def test_definitions_fit_it_also_as_an_editor_reads_them(path: Path) -> None:
    errors = Draft7Validator(SCHEMA).iter_errors(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert [error.message for error in errors] == []


def test_every_key_of_the_language_is_described_for_editors() -> None:
    def keys(schema: dict[str, Any], path: str) -> list[str]:
        found = []
        for name, inner in schema.get("properties", {}).items():
            resolved = SCHEMA["$defs"][inner["$ref"].rsplit("/", 1)[1]] if "$ref" in inner else inner
            if "description" not in inner and "description" not in resolved:
                found.append(f"{path}.{name}")
            found += keys(inner, f"{path}.{name}")
        return found

    undescribed = keys(SCHEMA, "")
    for name, definition in SCHEMA["$defs"].items():
        undescribed += keys(definition, name)
    assert undescribed == []
