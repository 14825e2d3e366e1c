"""What is kept of a signal's past."""

from __future__ import annotations

import pytest

from stackgen.instrument.watch.courses import Course


def test_a_straight_line_goes_on() -> None:
    course = Course(3600)
    for minute in range(60):
        course.add(60.0 * minute, 10.0 + 2.0 * minute)
    assert course.predicted(60.0 * 59, 600) == pytest.approx(10 + 2 * 69)


def test_one_value_is_no_direction() -> None:
    course = Course(60)
    assert course.predicted(0, 10) is None
    course.add(0, 1)
    assert course.predicted(0, 10) is None


def test_the_mean_is_over_the_baseline_alone() -> None:
    course = Course(1000)
    for at, value in ((0, 100), (500, 10), (600, 20), (990, 500)):
        course.add(at, value)
    assert course.mean(1100, 600, 500) == 15
    assert course.mean(1100, 50, 10) is None


def test_what_is_old_is_let_go_of_and_little_is_kept() -> None:
    course = Course(240)
    for at in range(10_000):
        course.add(at / 4, 1)
    assert len(course._values) <= 242
