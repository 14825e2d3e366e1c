"""dashboard/variable-refresh."""

from __future__ import annotations

import json

from tests.unit.checks.asking import board, dashboard, fixed

ID = "dashboard/variable-refresh"


def test_a_variable_that_is_read_once_is_found_and_put_right() -> None:
    data = board()
    data["templating"]["list"][1]["refresh"] = 1
    assert dashboard(ID, data) == ["the variable 'job' is not refreshed when the time range changes"]
    assert json.loads(fixed(ID, json.dumps(data, indent=2), "board.json")) == board()


def test_where_nothing_is_said_nothing_is_put_in() -> None:
    data = board()
    del data["templating"]["list"][1]["refresh"]
    text = json.dumps(data)
    assert dashboard(ID, data) != []
    assert fixed(ID, text, "board.json") == text


def test_variables_without_a_query_need_no_refresh() -> None:
    data = board()
    data["templating"]["list"].append({"name": "x", "type": "custom", "query": "a,b"})
    assert dashboard(ID, data) == []
