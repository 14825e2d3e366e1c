"""promql/delta-of-counter."""

from __future__ import annotations

from tests.unit.checks.asking import alert, expression, files

ID = "promql/delta-of-counter"


def test_functions_for_gauges_do_not_know_of_restarts() -> None:
    (found,) = expression(ID, "deriv(cache_errors_total[5m]) > 1")
    assert found == "deriv() of 'cache_errors_total', which is a counter"


def test_gauges_may_have_them() -> None:
    assert expression(ID, "delta(cache_entries[5m]) > 1") == []


def test_a_counter_by_its_name_alone_is_a_warning() -> None:
    levels = [
        files(ID, {"r.yaml": alert(f"delta({name}[5m]) > 1")})[0].level for name in ("cache_errors_total", "x_total")
    ]
    assert levels == ["error", "warning"]
