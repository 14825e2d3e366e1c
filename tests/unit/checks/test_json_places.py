"""Where the values of a JSON text stand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackgen.checks.json_places import JsonPlaces, read_json
from stackgen.checks.texts import SourceText

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=15,
)


def paths(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    """Each value in a value, with its path."""
    found = [(at, value)]
    if isinstance(value, dict):
        found += [each for key, inner in value.items() for each in paths(inner, (*at, key))]
    elif isinstance(value, list):
        found += [each for index, inner in enumerate(value) for each in paths(inner, (*at, index))]
    return found


@given(VALUES, st.sampled_from([None, 2]))
def test_each_value_is_found_where_it_is(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    places = JsonPlaces(SourceText("x.json", text))
    for path, expected in paths(read_json(text)):
        start, end = places.span(path)
        assert json.loads(text[start:end]) == expected


@pytest.mark.parametrize("path", [("a", "nothing"), ("a", 7), ("a", "b", "c")])
def test_what_is_not_there_stands_where_it_would_be(path: tuple[str | int, ...]) -> None:
    text = '{"a": {"b": 1}}'
    start, end = JsonPlaces(SourceText("x.json", text)).span(path)
    assert text[start:end] in ('{"b": 1}', "1")
