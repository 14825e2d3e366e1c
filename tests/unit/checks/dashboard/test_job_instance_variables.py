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
        "the variable 'job' has allValue \".*\"",
        "the variable 'job' has includeAll false",
        "the variable 'job' has multi false",
    ]


def test_a_setting_that_is_not_there_is_said_to_be_so() -> None:
    data = board()
    del data["templating"]["list"][1]["allValue"]
    data["templating"]["list"][1]["multi"] = None
    assert sorted(dashboard(ID, data)) == ["the variable 'job' has no allValue", "the variable 'job' has no multi"]


def test_with_all_it_is_right() -> None:
    assert dashboard(ID, board()) == []
