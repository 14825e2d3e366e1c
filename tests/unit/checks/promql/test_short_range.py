"""promql/short-range."""

from __future__ import annotations

from tests.unit.checks.asking import alert, expression, files, place

ID = "promql/short-range"


def test_less_than_four_intervals_is_a_warning_less_than_two_an_error() -> None:
    (few,) = files(ID, {"rules.yaml": alert("rate(cache_errors_total[30s]) > 1")})
    (none,) = files(ID, {"rules.yaml": alert("rate(cache_errors_total[20s]) > 1")})
    assert (few.level, few.cure) == ("warning", "write at least [1m]")
    assert none.level == "error"


def test_it_points_at_the_range() -> None:
    assert place(ID, "sum(rate(cache_errors_total[30s])) > 1").startswith("[30s]")


def test_functions_that_one_sample_is_enough_for_are_left_alone() -> None:
    assert expression(ID, "max_over_time(cache_entries[15s]) > 1") == []


def test_the_interval_is_that_of_the_configuration_beside_it() -> None:
    configuration = "global: {scrape_interval: 1m}\nrule_files: []"
    texts = {"rules.yaml": alert("rate(cache_errors_total[2m]) > 1"), "p.yml": configuration}
    assert [each.problem for each in files(ID, texts)] == ["rate() over 2m at a scrape interval of 1m"]


def test_without_an_interval_nothing_is_short() -> None:
    assert expression(ID, "rate(cache_errors_total[1s]) > 1", definition="") == []
