"""promql/ratio-threshold."""

from __future__ import annotations

from tests.unit.checks.asking import alert, expression, files, rules

ID = "promql/ratio-threshold"


SHARE = 'sum(rate(x_total{a="b"}[5m])) / sum(rate(x_total[5m]))'


def test_a_share_is_never_above_1() -> None:
    assert expression(ID, f"{SHARE} > 5") == ["a share, which is between 0 and 1, is compared with 5"]
    assert expression(ID, "app_hit_ratio < 80") == ["a share, which is between 0 and 1, is compared with 80"]


def test_a_recorded_share_is_one() -> None:
    assert rules(ID, f"- record: x:ratio\n  expr: {SHARE} > 0\n- alert: X\n  expr: x:ratio > 5")


def test_a_percentage_below_1_is_a_warning() -> None:
    (found,) = files(ID, {"rules.yaml": alert(f"100 * {SHARE} > 0.5")})
    assert (found.level, found.cure) == ("warning", "write 50 for 50 %")


def test_fitting_numbers_and_quotients_that_go_beyond_1_are_right() -> None:
    quotient = "rate(a_total[5m]) / rate(b_total[5m]) > 3"
    for expr in (f"{SHARE} > 0.5", f"100 * {SHARE} > 5", "mem_fragmentation_ratio > 1.5", quotient):
        assert expression(ID, expr) == [], expr
