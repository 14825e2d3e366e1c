"""dashboard/legend-labels."""

from __future__ import annotations

from typing import Any

from tests.unit.checks.asking import board, dashboard, panel

ID = "dashboard/legend-labels"


def found(expr: str, legend: str = "Rate", **changes: Any) -> list[str]:
    target = {"refId": "A", "expr": expr, "legendFormat": legend}
    return dashboard(ID, board(panel(targets=[target], **changes)))


def test_many_series_under_one_name_are_found() -> None:
    assert found("rate(x_total[5m])") == ["every series is named 'Rate', and the expression keeps all its labels"]
    assert found("sum by (cache) (cache_entries)") == ["every series is named 'Rate', and the expression keeps cache"]


def test_a_name_for_each_or_one_series_is_right() -> None:
    assert found("rate(x_total[5m])", "{{instance}}") == found("rate(x_total[5m])", "__auto") == []
    assert found("rate(x_total[5m])", "") == found("sum(rate(x_total[5m]))") == []
    assert found("histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))") == []
    assert found("rate(x_total[5m])", type="heatmap") == []
