"""alertmanager/unreachable-route."""

from __future__ import annotations

from tests.unit.checks.asking import files

ID = "alertmanager/unreachable-route"


def found(routes: str) -> list[str]:
    text = f"route: {{receiver: a, routes: [{routes}]}}\nreceivers: [{{name: a}}]"
    return [each.path for each in files(ID, {"alertmanager.yml": text})]


def test_what_stands_behind_a_wider_route_is_found() -> None:
    assert found("{receiver: a}, {matchers: [x=y]}") == ["route.routes[1]"]
    assert found("{matchers: [x=y]}, {matchers: [x=y, z=w]}") == ["route.routes[1]"]
    assert found("{matchers: [x=y]}, {match: {x: y}}") == ["route.routes[1]"]


def test_narrower_first_continue_and_others_are_right() -> None:
    assert found("{matchers: [x=y, z=w]}, {matchers: [x=y]}") == []
    assert found("{continue: true}, {matchers: [x=y]}") == []
    assert found("{matchers: [x=y]}, {matchers: [x=z]}") == []
