"""rule/text-threshold."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import rules

ID = "rule/text-threshold"


def found(expr: str, text: str) -> list[str]:
    return rules(ID, f"- alert: X\n  expr: {expr}\n  annotations: {{summary: '{text}'}}")


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        ("a_bytes / b_bytes > 0.9", "more than 80% is used"),
        ("app_latency_seconds > 0.5", "latency above 100ms"),
        ("app_size_bytes > 1e9", "larger than 2 GB"),
        ("x > 5", "exceeds 50"),
        ("rate(x_total[5m]) > 0.0166666666667", "more than 2/min"),
        ("app_latency_us > 0.9", "averaging > 100ms"),
        ("x > 1.5 * x offset 1d", "more than 20% above yesterday"),
    ],
)
def test_another_number_in_the_text_is_found(expr: str, text: str) -> None:
    (problem,) = found(expr, text)
    assert problem.startswith("the text says ")


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        ("a_bytes / b_bytes > 0.8", "more than 80% is used"),
        ("app_latency_seconds > 0.1", "latency above 100ms, p99 over 0.1 s"),
        ("app_latency_us > 100000", "averaging > 100ms"),
        ("app_size_bytes > 1073741824", "larger than 1 GiB"),
        ("app_size_bytes > 1e9", "larger than 1 GB"),
        ("x > 5 and y > 2", "x above 5 and y above 2"),
        ("x < 0.8 * x offset 1d", "dropped by more than 20%"),
        ("x > 1.5 * avg_over_time(x[1d] offset 5m) and x > 64", "more than 50% above yesterday, and above 64"),
        ("x > y and x > 5", "more than 99% of y"),
        ("x > 5", "for more than 10 minutes, twice in 3 days, {{ $value }} > limit"),
        ("100 * x > 5", "more than 5%"),
        ("100 * a_bytes / b_bytes > 5", "more than 5%"),
        ("x > 100000", "more than 100,000 messages"),
        ("rate(x_total[5m]) > 0.0166666666667", "more than 1/min, more than 60 per hour"),
        ("increase(x_total[1m]) > 5", "more than 5 per minute"),
    ],
)
def test_the_same_number_in_whichever_unit_is_right(expr: str, text: str) -> None:
    assert found(expr, text) == []


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        ("x_open_files > 0.9 * 65535", "uses more than 90% of all descriptors"),
        ("x_open_files > 0.9 * 65535", "uses more than 90%"),
        ("a_available_bytes / a_size_bytes * 100 < 20 and a_size_bytes > 0", "the disk usage is over 80%"),
        ('min without (cpu) (rate(node_cpu_seconds_total{mode="idle"}[1h])) > 0.8', "load has been < 20%"),
        ("deriv(x_gc_time[5m]) > 100", "more than 10% of the time"),
        ("rate(x_transmit_bytes[1m]) * 8 > 1e9 * 0.9", "more than 0.90GiB/s"),
        ("sum(x_le_overflow > 0)", "entries above the largest bucket (> 1MB)"),
        ("x > 5", "more than 100ms"),
    ],
)
def test_nothing_is_said_where_the_two_cannot_be_compared_for_certain(expr: str, text: str) -> None:
    assert found(expr, text) == []
