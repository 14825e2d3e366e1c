"""dashboard/job-instance-variables."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard

ID = "dashboard/job-instance-variables"


def test_a_missing_variable_is_found() -> None:
    data = board()
    del data["templating"]["list"][1:]
    assert dashboard(ID, data) == ["no variable 'instance'", "no variable 'job'"]


def test_settings_that_leave_something_out_are_found() -> None:
    data = board()
    data["templating"]["list"][1] |= {"multi": False, "includeAll": False, "allValue": ".*"}
    found = dashboard(ID, data)
    assert sorted(found) == [
        "the variable 'job' has allValue '.*'",
        "the variable 'job' has includeAll False",
        "the variable 'job' has multi False",
    ]


def test_with_all_it_is_right() -> None:
    assert dashboard(ID, board()) == []
