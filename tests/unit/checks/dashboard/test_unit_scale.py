"""dashboard/unit-scale."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import board, dashboard, panel, rule_file

ID = "dashboard/unit-scale"


QUANTILE = "histogram_quantile(0.9, sum by (le) (rate(x_seconds_bucket[5m])))"
SHARE = "sum(rate(a_total[5m])) / sum(rate(b_total[5m]))"
#: How many observations were fast enough, of all.
FAST = 'sum(rate(x_seconds_bucket{le="0.5"}[5m])) / (sum(rate(x_seconds_count[5m])) > 0)'
MEAN = "sum(rate(x_seconds_sum[5m])) / sum(rate(x_seconds_count[5m]))"


def found(expr: str, unit: str) -> list[str]:
    return dashboard(ID, board(panel(expr, fieldConfig={"defaults": {"unit": unit}})))


@pytest.mark.parametrize(
    ("expr", "unit"),
    [
        (QUANTILE, "ms"),
        (SHARE, "percent"),
        (f"100 * {SHARE}", "percentunit"),
        ("x_bytes", "s"),
        (FAST, "s"),
        (MEAN, "ms"),
    ],
)
def test_another_unit_is_found(expr: str, unit: str) -> None:
    assert len(found(expr, unit)) == 1


@pytest.mark.parametrize(
    ("expr", "unit"),
    [
        (QUANTILE, "s"),
        (f"{QUANTILE} * 1000", "ms"),
        (SHARE, "percentunit"),
        (FAST, "percentunit"),
        (f"1 - {FAST}", "percentunit"),
        (MEAN, "s"),
        ('sum(increase(x_seconds_bucket{le="0.5"}[5m]))', "short"),
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


def test_of_recorded_buckets_the_values_are_counts_and_the_quantile_is_in_the_unit_of_the_bounds() -> None:
    recording = rule_file(
        """
        - record: job:x_seconds_bucket:rate5m
          expr: sum by (job, le) (rate(x_seconds_bucket[5m]))
        """
    )

    def drawn(expr: str, unit: str) -> list[str]:
        shown = board(panel(expr, fieldConfig={"defaults": {"unit": unit}}))
        return dashboard(ID, shown, ("rules.yaml", recording))

    quantile = "histogram_quantile(0.9, sum by (le) (job:x_seconds_bucket:rate5m))"
    assert drawn(quantile, "s") == []
    assert len(drawn(quantile, "ms")) == 1
    share = "job:x_seconds_bucket:rate5m / ignoring (le) group_left () sum(rate(x_seconds_count[5m]))"
    assert drawn(share, "percentunit") == []
