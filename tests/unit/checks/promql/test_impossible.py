"""promql/impossible."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import board, dashboard, expression, panel, place

ID = "promql/impossible"


@pytest.mark.parametrize(
    ("expr", "problem"),
    [
        ("count(x) == 0", "what is compared is at least 1"),
        ("count(x) < 1", "what is compared is at least 1"),
        ("0 >= count by (job) (x)", "what is compared is at least 1"),
        ("sum(up == 1) == 0", "what is compared is at least 1"),
        ("sum(x > 5) <= 5", "what is compared is above 5"),
        ("sum(rate(x_total[5m])) < 0", "what is compared is at least 0"),
        ("max_over_time(up[5m]) > 1", "what is compared is at least 0 and at most 1"),
        ("sum(rate(a_total[5m])) / sum(rate(b_total[5m])) < 0", "what is compared is at least 0"),
        ("cache_errors_total < 0", "what is compared is at least 0"),
        ("a > 5 < 3", "what is compared is above 5"),
        ("a > 5 <= 5", "what is compared is above 5"),
        ("absent(x) == 0", "what is compared is always 1"),
        ("up == 0 and up == 1", "no value fulfils both sides"),
        ("x > 5 and y > 1 and x < 3", "no value fulfils both sides"),
    ],
)
def test_what_no_value_can_fulfil_is_found_once(expr: str, problem: str) -> None:
    assert expression(ID, expr) == [f"never holds: {problem}"]


@pytest.mark.parametrize(
    "expr",
    [
        "count(x) < 2",
        "(count(x) or vector(0)) == 0",
        "sum(up) == 0",
        "sum(x == bool 1) == 0",
        "sum(rate(x_total[5m])) <= 0",
        "sum(delta(x[5m])) < 0",
        "x_total < 0",
        "a > 5 < 7",
        "a >= 5 <= 5",
        "up != 1",
        "up == 0 or up == 1",
        "up == 0 and on (job) up == 1",
        'x{a="1"} > 5 and x < 3',
        "x > 5 unless x < 3",
        "sum(x > -5) < -20",
        "avg(up) < 0.5",
        "1 - sum(rate(a_total[5m])) / sum(rate(b_total[5m])) < 0",
        "count(x) - count(y) == 0",
    ],
)
def test_what_may_hold_is_right(expr: str) -> None:
    assert expression(ID, expr) == []


def test_a_label_cannot_have_two_values_at_once() -> None:
    assert expression(ID, 'up{job="a", job="b"} == 0') == ["never matches: 'job' cannot be 'a' and 'b' at once"]
    assert expression(ID, 'up{job="a", job!="a"} == 0') == ["never matches: 'job' cannot be 'a' and not be it"]
    assert place(ID, 'up{job="a", job="b"} == 0').startswith('job="b"')


def test_a_label_may_be_matched_twice() -> None:
    assert expression(ID, 'up{job="a", job="a"} == 0') == expression(ID, 'up{job!="a", job!="b"} == 0') == []
    assert expression(ID, 'up{job=~"a.*", job!="ab"} == 0') == []
    assert dashboard(ID, board(panel('sum(up{job="$job", job="a"})'))) == []
