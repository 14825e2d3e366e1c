"""Quantities in texts, as somebody would write them."""

from __future__ import annotations

import pytest

from stackgen.generators.phrases import quantity_text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (26 * 3600, "seconds", "26h"),
        (14 * 86400, "seconds", "14d"),
        (5400, "seconds", "90m"),
        (60, "seconds", "1m"),
        (3661, "seconds", "1h1m1s"),
        (30, "seconds", "30s"),
        (2.5, "seconds", "2.5s"),
        (0.1, "seconds", "100ms"),
        (0, "seconds", "0s"),
        (50_000, "per_second", "50000/s"),
        (100 / 60, "per_second", "100/min"),
        (1 / 60, "per_second", "1/min"),
        (0.1, "per_second", "0.1/s"),
        (1 / 3, "per_second", "20/min"),
        (0.0001, "per_second", "0.0001/s"),
        (20 * 2.0**40, "bytes", "20TiB"),
        (500e9, "bytes", "500GB"),
        (512 * 2.0**20, "bytes", "512MiB"),
        (1000, "bytes", "1000B"),
        (10 * 2.0**20, "bytes_per_second", "10MiB/s"),
        (0.3, "ratio", "30%"),
        (150.0, "ratio", "15000%"),
        (1_234_567, "count", "1234567"),
        (-10, "celsius", "-10"),
    ],
)
def test_a_quantity_is_written_in_peoples_units(value: float, unit: str, text: str) -> None:
    assert quantity_text(value, unit) == text
