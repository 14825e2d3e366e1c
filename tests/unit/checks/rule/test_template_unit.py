"""rule/template-unit."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import rules

ID = "rule/template-unit"


@pytest.mark.parametrize(
    ("expr", "function", "unit"),
    [
        ("app_latency_us > 1", "humanizeDuration", "microseconds"),
        ("app_latency_seconds * 1000 > 1", "humanizeDuration", "milliseconds"),
        ("cache_size_bytes > 1", "humanizeDuration", "bytes"),
        ("app_fill_percent > 1", "humanizePercentage", "percent"),
        ("100 * sum(rate(a_total[5m])) / sum(rate(b_total[5m])) > 1", "humanizePercentage", "percent"),
        ("histogram_quantile(0.9, sum by (le) (rate(x_seconds_bucket[5m]))) > 1", "humanize1024", "seconds"),
        ("rate(x_bytes_total[5m]) > 1", "humanizePercentage", "bytes per second"),
        ("time() - max(x_success_seconds) > 1", "humanize1024", "seconds"),
    ],
)
def test_a_function_for_another_unit_is_found(expr: str, function: str, unit: str) -> None:
    text = f"- alert: X\n  expr: {expr}\n  annotations: {{summary: '{{{{ $value | {function} }}}}'}}"
    (found,) = rules(ID, text)
    assert found.startswith(f"{function} wants ")
    assert found.endswith(f"the value is in {unit}")


@pytest.mark.parametrize(
    ("expr", "function"),
    [
        ("app_latency_us / 1e6 > 1", "humanizeDuration"),
        ("rate(x_seconds_sum[5m]) / rate(x_seconds_count[5m]) > 1", "humanizeDuration"),
        ("a_bytes / b_bytes > 1", "humanizePercentage"),
        ("rate(process_cpu_seconds_total[5m]) > 1", "humanizePercentage"),
        ("rate(x_bytes_total[5m]) > 1", "humanize1024"),
        ("some_number > 1", "humanizeDuration"),
        ("x_us > 1", "humanize"),
    ],
)
def test_a_fitting_function_and_an_unknown_unit_are_right(expr: str, function: str) -> None:
    assert rules(ID, f"- alert: X\n  expr: {expr}\n  annotations: {{summary: '{{{{ $value | {function} }}}}'}}") == []


def test_recordings_are_seen_through() -> None:
    text = "- record: job:size:max\n  expr: max by (job) (cache_size_bytes)\n- alert: X\n  expr: job:size:max > 1\n"
    assert rules(ID, text + "  annotations: {summary: '{{ $value | humanizeDuration }}'}") != []
