"""dashboard/links."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/links"


def found(link: dict[str, Any], *others: tuple[str, str]) -> list[str]:
    return dashboard(ID, board(links=[link]), *others)


def test_a_dashboard_that_is_not_there_is_found() -> None:
    assert found({"type": "link", "url": "/d/other/name"}) == ["no dashboard has the uid 'other'"]
    assert found({"type": "dashboards", "tags": ["x"]}) == ["no dashboard has the tag 'x'"]
    inside = panel(fieldConfig={"defaults": {"unit": "ops", "links": [{"url": "/d/other"}]}})
    assert dashboard(ID, board(inside)) != []


def test_one_of_the_run_and_pages_elsewhere_are_right() -> None:
    other = ("other.json", json.dumps(board(uid="other", tags=["x"])))
    assert found({"type": "link", "url": "/d/other/name?x=y"}, other) == []
    assert found({"type": "dashboards", "tags": ["x"]}, other) == []
    assert found({"type": "link", "url": "https://example.org/d/none"}) == []
