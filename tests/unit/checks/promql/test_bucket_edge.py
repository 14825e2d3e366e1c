"""promql/bucket-edge."""

from __future__ import annotations

from tests.unit.checks.asking import alert, files

ID = "promql/bucket-edge"


def cures(le: str) -> list[str]:
    expr = f'rate(cache_operation_duration_seconds_bucket{{le="{le}"}}[5m]) > 1'
    return [each.cure for each in files(ID, {"rules.yaml": alert(expr)})]


def test_a_bound_that_there_is_not_is_told_its_neighbours() -> None:
    assert cures("0.3") == ["the next bounds are 0.25 or 0.5"]
    assert cures("60") == ["the next bounds are 5"]


def test_a_bound_in_another_writing_is_none() -> None:
    assert cures("1") == ["write it as it is exposed: '1.0'"]


def test_what_is_no_number_is_none() -> None:
    assert cures("fast")[0].startswith("take one of its bounds: ")


def test_bounds_are_right() -> None:
    assert cures("0.25") == cures("+Inf") == []
