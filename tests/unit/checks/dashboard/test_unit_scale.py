"""dashboard/unit-scale."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/unit-scale"


QUANTILE = "histogram_quantile(0.9, sum by (le) (rate(x_seconds_bucket[5m])))"
SHARE = "sum(rate(a_total[5m])) / sum(rate(b_total[5m]))"


def found(expr: str, unit: str) -> list[str]:
    return dashboard(ID, board(panel(expr, fieldConfig={"defaults": {"unit": unit}})))


@pytest.mark.parametrize(
    ("expr", "unit"), [(QUANTILE, "ms"), (SHARE, "percent"), (f"100 * {SHARE}", "percentunit"), ("x_bytes", "s")]
)
def test_another_unit_is_found(expr: str, unit: str) -> None:
    assert len(found(expr, unit)) == 1


@pytest.mark.parametrize(
    ("expr", "unit"),
    [
        (QUANTILE, "s"),
        (f"{QUANTILE} * 1000", "ms"),
        (SHARE, "percentunit"),
        (f"{SHARE} * 100", "percent"),
        ("foo", "s"),
        ("x_bytes", "short"),
    ],
)
def test_its_own_and_neutral_units_are_right(expr: str, unit: str) -> None:
    assert found(expr, unit) == []
