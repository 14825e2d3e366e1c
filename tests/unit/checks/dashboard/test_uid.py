"""dashboard/uid."""

from __future__ import annotations

import json

from tests.unit.checks.asking import board, dashboard, files

ID = "dashboard/uid"


def test_a_missing_a_malformed_and_a_double_uid_are_found() -> None:
    assert dashboard(ID, board(uid=None)) == ["the dashboard has no uid"]
    assert dashboard(ID, board(uid="a b")) == ["'a b' is no uid"]
    assert dashboard(ID, board(uid="x" * 41)) != []
    texts = {name: json.dumps(board()) for name in ("one.json", "two.json")}
    assert [each.problem for each in files(ID, texts)] == ["one.json has the uid 'example' too"]


def test_one_of_its_own_is_right() -> None:
    assert dashboard(ID, board()) == []
