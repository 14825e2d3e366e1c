"""definition/invalid."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.definition import load
from stackgen.findings import DefinitionError
from tests.unit.checks.asking import files

ID = "definition/invalid"


def test_all_that_loading_says_is_found_at_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "stackgen: 1\nname: shop\ntitle: Shop\n"
    text += "metrics: {orders: {type: count, help: x}}\nsignals: {a: {rate: {of: b}}}\n"
    Path("shop.yaml").write_text(text)
    with pytest.raises(DefinitionError) as error:
        load("shop.yaml")
    found = files(ID, {"shop.yaml": text})
    assert [(each.place, each.problem) for each in found] == [(f.place, f.problem) for f in error.value.findings]
    assert {each.id for each in found} == {ID}


def test_a_pack_is_right() -> None:
    assert files(ID, {}) == []
