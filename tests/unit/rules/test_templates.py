"""Annotations are filled in as Prometheus fills them in (template/template.go)."""

from __future__ import annotations

import pytest

from stackgen.generators.rule_tests.templates import filled


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        ("humanizePercentage", 0.29700000000000004, "29.7%"),
        ("humanizeDuration", 0.101, "101ms"),
        ("humanizeDuration", 0.000051, "51us"),
        ("humanizeDuration", 1.5, "1.5s"),
        ("humanizeDuration", 61.0, "1m 1s"),
        ("humanizeDuration", 3725.0, "1h 2m 5s"),
        ("humanizeDuration", 90061.0, "1d 1h 1m 1s"),
        ("humanizeDuration", -61.0, "-1m 1s"),
        ("humanizeDuration", 0.0, "0s"),
        ("humanize", 1234567.0, "1.235M"),
        ("humanize", 0.05, "50m"),
        ("humanize", 0.0, "0"),
        ("humanize1024", 2048.0, "2ki"),
        ("humanize1024", 0.5, "0.5"),
    ],
)
def test_a_value_is_written_as_prometheus_writes_it(function: str, value: float, text: str) -> None:
    assert filled(f"{{{{ $value | {function} }}}}", value, {}) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.016833, "0.01683/s"), (0.5, "0.5/s"), (0.0, "0/s"), (-3.0, "-3/s"), (1.0, "1/s"), (16830.0, "16.83k/s")],
)
def test_a_rate_below_1_is_not_written_as_metres_per_second(value: float, text: str) -> None:
    template = '{{ if lt $value 1.0 }}{{ $value | printf "%.4g" }}{{ else }}{{ $value | humanize }}{{ end }}/s'
    assert filled(template, value, {}) == text


def test_labels_are_filled_in_and_missing_ones_are_empty() -> None:
    assert filled("{{ $labels.cache }}: {{ $labels.none }}.", 1, {"cache": "sessions"}) == "sessions: ."
