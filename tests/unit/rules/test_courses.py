"""Courses of traffic and errors: every window sees the ratio that is wanted of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackgen.generators.rule_tests.courses import Segment, course
from stackgen.signals.burn_rates import WINDOWS

RATIOS = st.floats(0.0001, 0.5)


def seen_by(window: float, segments: list[Segment]) -> float:
    """The ratio of errors in the last so many seconds."""
    events = errors = 0.0
    for segment in reversed(segments):
        seconds = min(segment.seconds, window)
        events += segment.traffic * seconds
        errors += segment.traffic * seconds * segment.ratio
        window -= seconds
    return errors / events


@given(st.dictionaries(st.sampled_from(WINDOWS[:5]), RATIOS, max_size=5), RATIOS, RATIOS)
def test_every_window_sees_its_ratio(short: dict[float, float], longest: float, calm: float) -> None:
    seen = {**short, WINDOWS[-1]: longest}
    segments = course(seen, calm)
    for window in WINDOWS[:5]:
        assert seen_by(window, segments) == pytest.approx(seen.get(window, calm), rel=1e-6)
    assert seen_by(WINDOWS[-1], segments) == pytest.approx(longest, rel=1e-6)
    assert sum(segment.seconds for segment in segments) == 7 * 3600
    assert all(segment.traffic > 0 and segment.ratio > 0 for segment in segments)


def test_a_ratio_that_no_traffic_can_show_is_above_1() -> None:
    assert any(segment.ratio > 1 for segment in course({300.0: 1.2}, 0.1))
