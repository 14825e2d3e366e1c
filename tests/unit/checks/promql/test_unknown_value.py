"""promql/unknown-value."""

from __future__ import annotations

from tests.unit.checks.asking import board, dashboard, expression, panel

ID = "promql/unknown-value"


def test_a_value_outside_of_the_closed_set_is_never_there() -> None:
    assert expression(ID, 'cache_errors_total{kind="io"} > 1') == ["'kind' of 'cache_errors_total' is never 'io'"]


def test_each_alternative_has_to_be_a_value() -> None:
    found = expression(ID, 'cache_operations_total{result=~"hit|staled|gone"} > 1')
    assert [each.split("never ")[1] for each in found] == ["'gone'", "'staled'"]


def test_a_pattern_has_to_match_some_value() -> None:
    assert expression(ID, 'cache_operations_total{result=~"x.*"} > 1') != []
    assert expression(ID, 'cache_operations_total{result=~"s.*"} > 1') == []


def test_open_labels_and_variables_are_not_judged() -> None:
    assert expression(ID, 'cache_entries{cache="anything"} > 1') == []
    assert dashboard(ID, board(panel('sum(cache_entries{backend=~"$backend|x"})'))) == []
