"""suppression/unsound."""

from __future__ import annotations

from tests.unit.checks.asking import files, rule_file

ID = "suppression/unsound"


def found(comment: str) -> list[str]:
    text = f"# {comment}\n- alert: X\n  expr: up == 0"
    return [each.problem for each in files(ID, {"rules.yaml": rule_file(text)})]


def test_what_gives_no_check_reason_or_date_is_found() -> None:
    assert found("stackgen: ignore[] because") == ["names no check"]
    assert found("stackgen: ignore[rule/no-for]") == ["gives no reason"]
    assert found("stackgen: ignore[rule/no-for] until 2099-01-01") == ["gives no reason"]
    assert found("stackgen: ignore[rule/no-for] old until 2099-01-01") == [
        "gives 'old' for a reason, which is too short"
    ]
    assert found("stackgen: ignore[rule/nofor] because it is so") == ["there is no check 'rule/nofor'"]
    assert found("stackgen: ignore[rule/no-for] because it is so until tomorrow") == ["'tomorrow' is no date"]


def test_a_reason_is_right() -> None:
    assert found("stackgen: ignore[rule/no-for, rule/severity-missing] a breaker does not open by mistake") == []


def test_other_comments_are_none() -> None:
    assert found("nothing for stackgen: ignore it") == []
