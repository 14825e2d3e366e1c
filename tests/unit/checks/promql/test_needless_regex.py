"""promql/needless-regex."""

from __future__ import annotations

from tests.unit.checks.asking import alert, board, dashboard, expression, fixed, panel

ID = "promql/needless-regex"


def test_plain_text_is_no_regular_expression() -> None:
    assert expression(ID, 'up{job=~"cache"} == 0') == ["job=~ with the plain text 'cache'"]
    assert expression(ID, 'up{job!~"cache"} == 0') == ["job!~ with the plain text 'cache'"]


def test_it_is_put_right() -> None:
    assert 'up{job="a", x!="b", y=~"c.*"}' in fixed(ID, alert('up{job=~"a", x!~"b", y=~"c.*"} == 0'))


def test_everything_is_found_and_left_to_the_author() -> None:
    text = alert('up{job=~".*"} == 0')
    assert expression(ID, 'up{job=~".*"} == 0') == ["job=~ with .*, which every series fulfils"]
    assert fixed(ID, text) == text


def test_patterns_and_variables_are_right() -> None:
    assert expression(ID, 'up{job=~"a|b", instance=~".+"} == 0') == []
    assert dashboard(ID, board(panel('sum(up{job=~"$job", x=~"[[y]]"})'))) == []
