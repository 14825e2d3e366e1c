"""The form of what may be written in Grafana's words, and what is wrong with something that is meant to have it.

A shape is written as what it describes looks like: `bool`, `float`, `int`, `str` for a value of that type, a tuple for
one of its values, a list for a list of its item, a dict for a mapping of these keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from stackgen.definition.structure import a_kind, an_expected
from stackgen.definition.tree import Path
from stackgen.definition.words import nearest

Shape: TypeAlias = "type[Any] | tuple[str | int, ...] | list[Shape] | Mapping[str, Shape] | Either | Each | Tagged"


@dataclass(frozen=True, slots=True)
class Either:
    """A value of one of these types."""

    types: tuple[type[Any], ...]


@dataclass(frozen=True, slots=True)
class Each:
    """A mapping with any keys, and values of one shape."""

    value: Shape


@dataclass(frozen=True, slots=True)
class Tagged:
    """A mapping whose other keys follow from what its `type` says."""

    shapes: Mapping[str, Mapping[str, Shape]]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a path below the value, and how to put it right; `at_key`: it is the path's last key."""

    path: Path
    problem: str
    cure: str
    at_key: bool = False


_TYPES: dict[type[Any], str] = {bool: "boolean", float: "number", int: "integer", str: "string"}


def faults(shape: Shape, value: Any, path: Path = ()) -> Iterator[Fault]:
    """Everything in a value that is not of the shape; null is, wherever it stands: it is Grafana's "not set"."""
    if value is None:
        return
    match shape:
        case type() | Either():
            yield from _of_type(shape.types if isinstance(shape, Either) else (shape,), value, path)
        case tuple():
            if isinstance(value, bool) or value not in shape:
                yield Fault(path, f"unknown value {value!r}", nearest(str(value), map(str, shape)))
        case list():
            if isinstance(value, list):
                for index, item in enumerate(value):
                    yield from faults(shape[0], item, (*path, index))
            else:
                yield Fault(path, *_misplaced(value, "array"))
        case _ if not isinstance(value, dict):
            yield Fault(path, *_misplaced(value, "object"))
        case Each(inner):
            for key, item in value.items():
                yield from faults(inner, item, (*path, key))
        case Tagged(shapes):
            yield from _tagged(shapes, value, path)
        case _:
            yield from _keys(shape, value, path)


def _keys(known: Mapping[str, Shape], value: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    for key, item in value.items():
        if key in known:
            yield from faults(known[key], item, (*path, key))
        else:
            yield Fault((*path, key), f"Grafana has no {key!r} here", nearest(key, known), at_key=True)


def _tagged(shapes: Mapping[str, Mapping[str, Shape]], value: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    tag = value.get("type")
    if tag is None:
        yield Fault(path, "'type' is missing", f"add one of {', '.join(shapes)}")
    elif not isinstance(tag, str) or tag not in shapes:
        yield Fault((*path, "type"), f"unknown value {tag!r}", nearest(str(tag), shapes))
    else:
        yield from _keys({"type": str, **shapes[tag]}, value, path)


def _of_type(types: tuple[type[Any], ...], value: Any, path: Path) -> Iterator[Fault]:
    # A whole number is a number too; true and false are none, though Python counts them among its integers.
    allowed = (*types, int) if float in types else types
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in types):
        yield Fault(path, *_misplaced(value, *(_TYPES[each] for each in types)))


def _misplaced(value: Any, *kinds: str) -> tuple[str, str]:
    return f"{a_kind(value)} cannot stand here", an_expected(*kinds)
