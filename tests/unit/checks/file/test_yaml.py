"""file/yaml."""

from __future__ import annotations

from tests.unit.checks.asking import files

ID = "file/yaml"


def found(text: str) -> list[str]:
    return [each.problem for each in files(ID, {"rules.yaml": text})]


def test_what_does_not_parse_is_found() -> None:
    assert found("groups: [")[0].startswith("not YAML")
    assert found("a: *b")[0].startswith("no anchor")


def test_a_key_that_stands_twice_is_found_in_any_document() -> None:
    assert found("groups: []\ngroups: []") == ["key 'groups' stands here a second time; the first is on line 1"]
    assert found("a: 1\n---\nb: 1\nb: 2") == ["key 'b' stands here a second time; the first is on line 3"]


def test_documents_are_as_many_as_one_likes_and_anchors_are_of_one() -> None:
    assert found("---\ngroups: []\n---\n---\nkind: Service\n...\n") == []
    assert found("a: &a 1\n---\nb: *a")[0].startswith("no anchor '&a'")


def test_anchors_and_any_style_are_right() -> None:
    assert found("x: &a {b: c}\ngroups: []\ny: *a\n") == []
