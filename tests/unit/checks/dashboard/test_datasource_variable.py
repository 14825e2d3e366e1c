"""dashboard/datasource-variable."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard

ID = "dashboard/datasource-variable"


def test_without_a_variable_it_is_found() -> None:
    assert dashboard(ID, board(templating={"list": []})) == ["no variable for the Prometheus datasource"]


def test_a_second_one_and_another_name_are_found() -> None:
    second = {"name": "other", "type": "datasource", "query": "prometheus"}
    data = board()
    data["templating"]["list"].append(second)
    assert dashboard(ID, data) == ["a second variable for the datasource, 'other'"]
    data["templating"]["list"] = [second]
    assert dashboard(ID, data) == ["the datasource's variable is named 'other'"]


def test_datasources_of_other_types_are_no_matter() -> None:
    data = board()
    data["templating"]["list"].append({"name": "logs", "type": "datasource", "query": "loki"})
    assert dashboard(ID, data) == []
    assert dashboard(ID, board({"type": "text", "id": 1}, templating={"list": []})) == []
