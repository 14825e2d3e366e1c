"""promql/syntax."""

from __future__ import annotations

from tests.unit.checks.asking import expression, place

ID = "promql/syntax"


def test_what_the_parser_says_is_told_where_it_is() -> None:
    assert expression(ID, "cache_size_bytes > 0.9.00") == ["bad number or duration syntax: 0.9."]
    assert place(ID, "cache_size_bytes > 0.9.00") == "0.9.00"


def test_an_unknown_function_is_told_where_it_is() -> None:
    assert place(ID, "sum by (job) (increas(cache_errors_total[5m])) > 1").startswith("increas(")


def test_what_would_take_the_parser_to_the_end_of_its_stack_is_refused() -> None:
    assert expression(ID, "(" * 5000 + "up" + ")" * 5000) == ["nested deeper than 100 levels"]
    assert expression(ID, "-" * 20000 + "up") == ["more than 250 operators"]
    assert expression(ID, "+".join(["up"] * 20000))[0].startswith("59,999 characters")


def test_raw_strings_hold_backslashes_as_they_are() -> None:
    assert expression(ID, "up{job=~`a\\d+\\.b`} == 0") == []


def test_digits_of_numbers_may_be_in_groups() -> None:
    assert expression(ID, "cache_size_bytes > 1_000_000") == []
    assert expression(ID, 'cache_size_bytes{x="1_000"} > 1_000.5 * foo_1_000') == []
    assert place("promql/division-by-zero", "1_000 * (cache_size_bytes / up) > 5").startswith("/ up")
    assert expression(ID, "cache_size_bytes > 1__000") != []
