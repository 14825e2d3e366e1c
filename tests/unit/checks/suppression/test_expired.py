"""suppression/expired."""

from __future__ import annotations

from tests.unit.checks.asking import files, rule_file

ID = "suppression/expired"


def found(until: str) -> list[str]:
    text = f"# stackgen: ignore[rule/no-for] until it is mended until {until}\n- alert: X\n  expr: up == 0"
    return [each.problem for each in files(ID, {"rules.yaml": rule_file(text)})]


def test_a_day_that_is_over_is_found() -> None:
    assert found("2026-11-20") == ["was to hold until 2026-11-20"]


def test_it_holds_to_the_end_of_its_day() -> None:
    assert found("2026-11-21") == []
