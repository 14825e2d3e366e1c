"""The look can be read by everybody: on both of Grafana's backgrounds, and without seeing all colours."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from stackgen.generators.grafana import look

BACKGROUNDS = {"dark": "#181B1F", "light": "#FFFFFF"}
STATES = {"good": look.GOOD, **{severity.value: colour for severity, colour in look.SEVERITIES.items()}}

#: Full dichromacy as matrices over linear RGB (Machado, Oliveira, Fernandes, 2009, severity 1.0).
VISION = {
    "common": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopia": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def linear(colour: str) -> list[float]:
    """The linear light of an sRGB colour (IEC 61966-2-1)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio, from 1 to 21."""
    lights = [0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in map(linear, (one, other))]
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def lab(colour: str, vision: str) -> tuple[float, float, float]:
    """The colour as that vision has it, in CIELAB (D65), where distance is difference."""
    seen = [sum(m * c for m, c in zip(row, linear(colour), strict=True)) for row in VISION[vision]]
    red, green, blue = (min(1.0, max(0.0, each)) for each in seen)
    white = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
    )
    x, y, z = (each ** (1 / 3) if each > 0.008856 else 7.787 * each + 16 / 116 for each in white)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("state", STATES)
def test_a_number_in_the_colour_of_its_state_can_be_read(state: str, background: str) -> None:
    assert contrast(STATES[state], BACKGROUNDS[background]) >= 3, "WCAG 2.1, 1.4.11 asks for 3:1"


@pytest.mark.parametrize("vision", VISION)
def test_good_warning_and_critical_can_be_told_apart(vision: str) -> None:
    for one, other in combinations(("good", "warning", "critical"), 2):
        assert math.dist(lab(STATES[one], vision), lab(STATES[other], vision)) > 25, f"{one} and {other}"


@pytest.mark.parametrize("vision", VISION)
def test_series_can_be_told_apart(vision: str) -> None:
    for one, other in combinations(look.SERIES, 2):
        assert math.dist(lab(one, vision), lab(other, vision)) > 12, f"{one} and {other}"


def test_failures_have_the_colour_of_what_is_critical_wherever_they_stand() -> None:
    assert look.series_colour("error", 0) == look.series_colour("timeout", 3) == STATES["critical"]


def test_more_series_than_colours_begin_again() -> None:
    assert look.series_colour("a", 0) == look.series_colour("b", len(look.SERIES))


@pytest.mark.parametrize(
    ("scrape_interval", "refresh"), [(1, "30s"), (15, "30s"), (30, "30s"), (31, "1m"), (3600, "1h"), (1e6, "1d")]
)
def test_a_dashboard_refreshes_no_more_often_than_there_is_news(scrape_interval: float, refresh: str) -> None:
    assert look.refresh(scrape_interval) == refresh
    assert refresh in look.refresh_intervals(scrape_interval)
