"""promql/anchored-regex."""

from __future__ import annotations

from tests.unit.checks.asking import alert, expression, fixed

ID = "promql/anchored-regex"


def test_anchors_are_there_anyway() -> None:
    (found,) = expression(ID, 'up{job=~"^cache.*$"} == 0')
    assert found == "job=~ with the anchors of '^cache.*$', which are there anyway"


def test_they_are_taken_out() -> None:
    assert 'up{job=~"cache.*", x!~"a.b", y=~".c"}' in fixed(ID, alert('up{job=~"^cache.*$", x!~"^a.b", y=~".c$"} == 0'))


def test_anchors_around_alternatives_and_escaped_ones_mean_something() -> None:
    assert expression(ID, "up{job=~`^a|b$`} == 0") == []
    assert expression(ID, "up{job=~`.*a\\$`} == 0") == []
