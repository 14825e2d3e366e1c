"""file/json."""

from __future__ import annotations

from tests.unit.checks.asking import files

ID = "file/json"


def found(text: str) -> list[str]:
    return [f"{each.place}: {each.problem}" for each in files(ID, {"board.json": text})]


def test_what_does_not_parse_is_found_at_its_place() -> None:
    assert found('{"panels": [1,\n]}') == ["board.json:2:1: not JSON: expecting value"]
    assert found('{"panels": NaN}') == ["board.json:1:1: not JSON: NaN is no JSON number"]
    assert found("[" * 100_000) == ["board.json:1:1: not JSON: nested too deeply"]
    assert found("")[0].startswith("board.json:1:1: not JSON")


def test_json_is_right() -> None:
    assert found('{"panels": []}') == []
