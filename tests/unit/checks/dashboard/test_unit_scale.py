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


def test_the_unit_of_an_override_counts_for_its_query_and_for_its_column() -> None:
    def overridden(matcher: str, options: str, **more: object) -> list[str]:
        override = {"matcher": {"id": matcher, "options": options}, "properties": [{"id": "unit", "value": "s"}]}
        config = {"defaults": {"unit": "bytes"}, "overrides": [override]}
        return dashboard(ID, board(panel(QUANTILE, fieldConfig=config, **more)))

    assert overridden("byFrameRefID", "A") == []
    assert overridden("byName", "Value #A") == []
    renamed = {"id": "organize", "options": {"renameByName": {"Value #A": "Time"}}}
    assert overridden("byName", "Time", transformations=[renamed]) == []
    assert len(overridden("byName", "Other", transformations=[renamed])) == 1
