"""file/yaml."""

from __future__ import annotations

from tests.unit.checks.asking import files

ID = "file/yaml"


def found(text: str) -> list[str]:
    return [each.problem for each in files(ID, {"rules.yaml": text})]


def test_what_does_not_parse_is_found() -> None:
    assert found("groups: [")[0].startswith("not YAML")
    assert found("a: *b")[0].startswith("no anchor")


def test_a_key_that_stands_twice_and_a_second_document_are_found() -> None:
    assert found("groups: []\ngroups: []") == ["key 'groups' stands here a second time; the first is on line 1"]
    assert found("groups: []\n---\ngroups: []") == ["a second document"]


def test_anchors_and_any_style_are_right() -> None:
    assert found("x: &a {b: c}\ngroups: []\ny: *a\n") == []
