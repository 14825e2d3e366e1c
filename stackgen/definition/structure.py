"""Holding a tree against the JSON Schema of the language, with findings that a person can act on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from stackgen.definition.tree import Node, Path
from stackgen.definition.words import close_to, nearest
from stackgen.findings import Finding

if TYPE_CHECKING:
    from jsonschema import Draft7Validator, ValidationError

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}

#: What other tools and languages call a key.
_OTHER_WORDS = {
    **dict.fromkeys(
        ("where_regex", "where_re", "where_regexp", "where_like", "where_match", "matches"), "where_matches"
    ),
    **dict.fromkeys(
        ("where_not_regex", "where_not_re", "where_not_regexp", "where_not_like", "where_not_match", "not_matches"),
        "where_not_matches",
    ),
}


def schema_text() -> str:
    """The JSON Schema of the language, as it ships with the package."""
    return (FilePath(__file__).parent / "schema.json").read_text(encoding="utf-8")


@cache
def _validator() -> Draft7Validator:
    from jsonschema import Draft7Validator  # noqa: PLC0415 (a third of what reading a pack costs, which needs none)

    return Draft7Validator(json.loads(schema_text()))


@dataclass(slots=True)
class Structure:
    """A definition as plain data, what is wrong with its structure, and where."""

    data: dict[str, Any]
    findings: list[Finding] = field(default_factory=list)
    #: Paths of what was taken out of the data because it is not well-formed.
    broken: set[Path] = field(default_factory=set)


def check_structure(tree: Node, *, trusted: bool = False) -> Structure:
    """Hold a tree against the schema.

    What is wrong is reported and taken out of the data, so that the checks of meaning see well-formed parts only and
    report the rest of the problems in the same run. `trusted`: it is known to be well-formed.
    """
    data = tree.plain()
    if not isinstance(data, dict):
        problem = f"a definition is a mapping, and this is {a_kind(data)}"
        return Structure({}, [Finding(tree.place, "", problem, "start with `stackgen: 1`")])
    structure = Structure(data)
    if trusted:
        return structure
    for error in _validator().iter_errors(data):
        for path, finding in _findings(error, tree):
            structure.findings.append(finding)
            structure.broken.add(path)
    _take_out_all(structure)
    return structure


def _findings(error: ValidationError, tree: Node) -> Iterator[tuple[Path, Finding]]:
    """What one error of jsonschema says, with the path of what must be left out because of it."""
    path: Path = tuple(error.absolute_path)
    subschema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    instance: Any = error.instance
    if error.validator == "additionalProperties":
        known = subschema.get("properties", {})
        for key in [key for key in instance if key not in known]:
            inner = (*path, key)
            cure = nearest(_OTHER_WORDS.get(key, key), known)
            yield inner, Finding(tree.place_of_key(inner), show(inner), f"no such key {key!r}", cure)
        return
    if "propertyNames" in error.absolute_schema_path:
        inner = (*path, instance)
        cure = f"use a name that matches {error.validator_value}"
        yield inner, Finding(tree.place_of_key(inner), show(inner), f"{instance!r} is no legal name", cure)
        return
    place = tree.at(path).place
    problem, cure = _explain(error, instance, subschema)
    needed: Any = error.validator_value
    if error.validator == "required" and path and not any(key in instance for key in needed):
        # What is to change something that is there, and is misspelt, is something new that lacks all it needs.
        beside = tree.at(path[:-1]).value
        near = close_to(str(path[-1]), beside) if isinstance(beside, dict) else None
        cure += f", or did you mean {near!r}?" if near is not None else ""
    yield path, Finding(place, show(path), problem, cure)


def _explain(error: ValidationError, instance: Any, subschema: dict[str, Any]) -> tuple[str, str]:
    """The problem and the cure behind one keyword of the schema."""
    wanted: Any = error.validator_value
    match error.validator:
        case "required":
            missing = [key for key in wanted if key not in instance]
            verb = "is" if len(missing) == 1 else "are"
            return f"{', '.join(map(repr, missing))} {verb} missing", f"add {missing[0]!r}"
        case "type":
            kinds = wanted if isinstance(wanted, list) else [wanted]
            return f"{a_kind(instance)} cannot stand here", an_expected(*kinds)
        case "enum":
            return f"unknown value {instance!r}", nearest(str(instance), map(str, wanted))
        case "const":
            return f"{instance!r} cannot stand here", f"write {json.dumps(wanted)}"
        case "pattern" if "[ywdhms]" in str(wanted):
            return f"{instance!r} is no duration", "write one such as 30s, 5m or 1h30m"
        case "pattern":
            return f"{instance!r} is not of the right form", f"write something that matches {wanted}"
        case "minLength" | "minItems" | "minProperties":
            return f"{a_kind(instance)} with nothing in it", "fill it in or leave the key out"
        case "maxLength":
            return f"{len(instance)} characters", f"use at most {wanted}"
        case "minimum":
            return f"{instance} is too small", f"use {wanted} or more"
        case "maximum":
            return f"{instance} is too large", f"use {wanted} or less"
        case "exclusiveMinimum":
            return f"{instance} is too small", f"use more than {wanted}"
        case "exclusiveMaximum":
            return f"{instance} is too large", f"use less than {wanted}"
    return error.message, str(subschema.get("description", ""))


def an_expected(*kinds: str) -> str:
    """The cure for a value of another kind than one of these, by the names of JSON Schema."""
    return f"write {' or '.join(_KINDS[kind] for kind in kinds)}"


def a_kind(value: Any) -> str:
    """What sort of value it is, in words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return f"the number {value}"
        case str():
            shown = value if len(value) <= 40 else value[:37] + "..."
            return f"the text {shown!r}" if value else "an empty text"
        case list():
            return "a list"
    return "a mapping"


def show(path: Path) -> str:
    """A path as people write it: `dashboards.overview.rows[0].title`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _take_out_all(structure: Structure) -> None:
    """Remove what is broken, then what lacks a key because of it, until the rest is well-formed."""
    new = set(structure.broken)
    while new:
        for path in sorted(new, key=len, reverse=True):
            _take_out(structure.data, path)
        left = {tuple(error.absolute_path) for error in _validator().iter_errors(structure.data)}
        new = left - structure.broken
        structure.broken |= new


def _take_out(data: Any, path: Path) -> None:
    """Remove what stands at a path; the rest of the document, where it is the document itself."""
    if not path:
        return
    for step in path[:-1]:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return  # taken out already with what was around it
    if isinstance(data, dict):
        data.pop(path[-1], None)
    elif isinstance(data, list) and isinstance(path[-1], int) and path[-1] < len(data):
        data[path[-1]] = None  # not removed, so that the places of its neighbours stay right
