"""rule/no-for."""

from __future__ import annotations

from tests.unit.checks.asking import rules

ID = "rule/no-for"


def found(expr: str, rest: str = "") -> list[str]:
    return rules(ID, f"- alert: X\n  expr: {expr}\n{rest}")


def test_a_condition_on_the_moment_is_found() -> None:
    assert found("up == 0") == ["fires on the latest sample alone, without `for`"]
    assert found("rate(x_total[1m]) > 1") == ["fires on the last 1m alone, without `for`"]
    assert found("up == 0", "  for: 0s") != []


def test_the_steadiest_part_does_not_help_the_others() -> None:
    assert found("rate(x_total[1h]) > 1 and up == 0") != []


def test_what_looks_back_five_minutes_is_steady() -> None:
    assert found("increase(x_total[5m]) > 1") == []
    assert found("min_over_time((up == 0)[10m:1m]) == 0") == []
    assert found("up == 0", "  for: 1m") == []


def test_recordings_are_seen_through() -> None:
    recorded = "- record: x:rate5m\n  expr: rate(x_total[5m])\n- alert: X\n  expr: x:rate5m > 1"
    assert rules(ID, recorded) == []
    assert rules(ID, recorded.replace("[5m]", "[1m]")) != []


def test_recordings_that_are_elsewhere_say_their_window_in_their_names() -> None:
    burn = "max(slo:sli_error:ratio_rate5m > 0.01) and max(slo:sli_error:ratio_rate1h > 0.01)"
    assert found(burn) == found("http_requests:burnrate1h30m > 1") == found("job:up:avg_over_time_1h < 1") == []
    assert found("job:x:rate1m > 1") == ["fires on the last 1m alone, without `for`"]
    assert found("job:x:rate > 1") == found("x_rate5m > 1") == ["fires on the latest sample alone, without `for`"]


def test_absence_is_told_by_its_own_check() -> None:
    assert found("absent(up)") == []
