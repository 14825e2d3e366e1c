"""Data as YAML: fast, and as people write it by hand."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stackgen.generators.document import Block, Inline, Quoted, to_yaml

_TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "- |",
            "a: |",
            "x - |",
            "|",
            "- ",
            "",
            "null",
            "1",
            "~",
            "yes",
            "a\n- b\n",
            "a: b",
            "# c",
            "é",
            "😀",
            "k" * 200,
        ]
    ),
)
_BLOCKS = st.sampled_from(
    ["text\n", "- one\n- two\n", "key: |\n  more\n", "a\n\n  b\n", "  indented\n", "a\u2028- b\n"]
).map(Block)
_SCALARS = st.one_of(_TEXTS, _BLOCKS, _TEXTS.map(Quoted), st.integers(), st.booleans(), st.none())
_KEYS = st.text("abcdefgh-|: ", min_size=1, max_size=8)
_DATA = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_KEYS, inner, max_size=4)
        | st.lists(_TEXTS, max_size=3).map(Inline)
    ),
    max_leaves=25,
)


@given(st.dictionaries(_KEYS, _DATA, max_size=4))
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    assert yaml.safe_load(to_yaml(data)) == data


@given(st.dictionaries(_KEYS, _DATA, min_size=1, max_size=4))
def test_what_is_in_a_list_stands_right_of_the_key_that_has_it(data: dict[str, Any]) -> None:
    root = yaml.compose(to_yaml(data), Loader=yaml.SafeLoader)
    assert root is not None

    def look(node: yaml.Node) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if isinstance(value, yaml.SequenceNode) and not value.flow_style and len(key.value) < 100:
                    assert value.start_mark.column == node.start_mark.column + 2
                look(value)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                look(value)

    look(root)


def test_the_same_object_in_two_places_is_written_twice() -> None:
    shared = {"a": [1]}
    assert to_yaml({"x": shared, "y": shared}) == "x:\n  a:\n    - 1\ny:\n  a:\n    - 1\n"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (
            {"rules": [{"expr": Block("a\n- b\n"), "for": "1m"}]},
            "rules:\n  - expr: |\n      a\n      - b\n    for: 1m\n",
        ),
        ({"l": [[1, [2]], 3]}, "l:\n  - - 1\n    - - 2\n  - 3\n"),
        ({"l": [Block("x\n"), "y"]}, "l:\n  - |\n    x\n  - y\n"),
        ({"ports": Inline([Quoted("1:1")])}, 'ports: ["1:1"]\n'),
        ({"text": "a\nb"}, 'text: "a\\nb"\n'),
    ],
)
def test_it_looks_as_people_write_it(data: dict[str, Any], text: str) -> None:
    assert to_yaml(data) == text
