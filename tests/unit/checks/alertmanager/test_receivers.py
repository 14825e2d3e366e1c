"""alertmanager/receivers."""

from __future__ import annotations

from tests.unit.checks.asking import files

ID = "alertmanager/receivers"


def found(text: str) -> list[str]:
    return [each.problem for each in files(ID, {"alertmanager.yml": text})]


def test_a_receiver_that_there_is_not_is_found_at_any_depth() -> None:
    text = "route: {receiver: a, routes: [{routes: [{receiver: b}]}]}\nreceivers: [{name: a}]"
    assert found(text) == ["there is no receiver 'b'"]


def test_a_tree_needs_a_root_with_a_receiver() -> None:
    assert found("receivers: [{name: a}]") == ["there is no routing tree"]
    assert found("route: {}\nreceivers: [{name: a}]") == ["the root route has no receiver"]


def test_receivers_that_are_there_are_right() -> None:
    assert found("route: {receiver: a}\nreceivers: [{name: a}]") == []
