"""Where the characters of a string stand, in every style of YAML and in JSON."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stackgen.checks.json_places import JsonPlaces
from stackgen.checks.scalars import JsonString, YamlScalar
from stackgen.checks.texts import SourceText
from stackgen.definition.tree import parse

#: An expression in which every word stands once.
EXPR = 'sum(rate(aa{bb="cc"}[5m])) > dd'


@pytest.mark.parametrize(
    "scalar",
    [
        'sum(rate(aa{bb="cc"}[5m])) > dd',
        "'sum(rate(aa{bb=\"cc\"}[5m])) > dd'",
        r'"sum(rate(aa{bb=\"cc\"}[5m])) > dd"',
        '|\n      sum(rate(aa{bb="cc"}[5m])) > dd',
        '|-\n      sum(rate(aa{bb="cc"}[5m])) > dd',
        '>-\n      sum(rate(aa{bb="cc"}[5m]))\n      > dd',
        'sum(rate(aa{bb="cc"}[5m]))\n      > dd',
        '"sum(rate(aa{bb=\\"cc\\"}[5m]))\\\n        \\ > dd"',
        '|2\n        sum(rate(aa{bb="cc"}[5m]))\n      >\n        dd',
    ],
)
@pytest.mark.parametrize("word", ["sum", "aa", "bb", "cc", "[5m]", "dd"])
def test_words_are_found_in_every_style(scalar: str, word: str) -> None:
    text = f"a:\n  - x: 1\n    expr: {scalar}\n    after: 2\n"
    root, _ = parse(text, "x.yaml")
    assert root is not None
    node = root.at(("a", 0, "expr"))
    assert isinstance(node.value, str)
    source = SourceText("x.yaml", text)
    host = YamlScalar(source, source.offset(node.place), node.value)
    place = host.place(node.value.index(word))
    assert source.line(place.line)[place.column - 1 :].startswith(word)


def test_a_quote_that_is_doubled_is_one_character() -> None:
    text = "a: 'it''s X'"
    host = YamlScalar(SourceText("x", text), 3, "it's X")
    assert text[host.place(5).column - 1] == "X"


def test_an_edit_replaces_what_stands_there_and_nothing_that_is_written_otherwise() -> None:
    text = r'a: "b=~\"c\" [5m]"'
    host = YamlScalar(SourceText("x", text), 3, 'b=~"c" [5m]')
    edit = host.edit(1, 3, "=")
    assert edit is not None
    assert text[: edit.start] + edit.text + text[edit.end :] == r'a: "b=\"c\" [5m]"'
    assert host.edit(3, 6, "x") is None  # the quotes are escaped in the file
    assert host.edit(1, 3, '"') is None  # and a quote would have to be


@given(st.text())
def test_every_character_of_a_json_string_that_is_no_escape_is_found(value: str) -> None:
    text = json.dumps({"k": [1, value]}, ensure_ascii=False)
    source = SourceText("x.json", text)
    start, end = JsonPlaces(source).span(("k", 1))
    assert json.loads(text[start:end]) == value
    host = JsonString(source, start, value)
    for index, character in enumerate(value):
        offset = source.offset(host.place(index))
        assert start <= offset < end or character.isspace()
        if not character.isspace() and character.isalnum():
            assert text[offset] == character


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), min_size=1))
def test_no_yaml_string_is_too_odd(value: str) -> None:
    text = yaml.safe_dump({"k": value}, allow_unicode=True)
    root, _ = parse(text, "x.yaml")
    assert root is not None
    node = root.at(("k",))
    if not isinstance(node.value, str):
        return
    source = SourceText("x.yaml", text)
    host = YamlScalar(source, source.offset(node.place), node.value)
    for index in range(len(node.value)):
        assert 1 <= host.place(index).line <= source.lines
