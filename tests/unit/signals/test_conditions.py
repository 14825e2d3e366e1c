"""Numbers in alerts' expressions."""

from __future__ import annotations

import pytest

from stackgen.signals.conditions import number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (1 - 0.8, "0.2"),
        (10 / 60, "0.166666666667"),
        (20 * 2.0**40, "21990232555520"),
        (-10.0, "-10"),
    ],
)
def test_a_number_has_no_noise_and_all_its_digits(value: float, text: str) -> None:
    assert number(value) == text
