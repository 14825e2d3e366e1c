"""Every mistake of the documents that the project started from, and of the systems behind them, is found."""

from __future__ import annotations

import json

import pytest

from tests.unit.checks.asking import alert, board, panel, report, rule_file


def ids(text: str, name: str = "rules.yaml", definition: str = "") -> set[str]:
    return {each.id for each in report({name: text}, definition=definition).findings}


def summary(expr: str, text: str) -> str:
    """An alert with a summary."""
    return alert(expr).replace("Something is wrong", json.dumps(text))


@pytest.mark.parametrize(
    ("mistake", "text", "check"),
    [
        ("a number with two points", alert("cache_avg_latency_us > 0.9.00"), "promql/syntax"),
        (
            "humanizeDuration on microseconds",
            summary("cache_avg_latency_us > 100000", "{{ $value | humanizeDuration }}"),
            "rule/template-unit",
        ),
        (
            "a function that does not exist",
            summary("yokedcache_cache_size_bytes > 1e9", "{{ $value | humanizeBytes }}"),
            "rule/template-syntax",
        ),
        ("a ratio over the life of a process", alert("cache_hit_rate < 0.3"), "promql/precomputed-ratio"),
        ("another of them", alert("yokedcache_cache_hit_rate < 0.8"), "promql/precomputed-ratio"),
        ("and a mean", alert("cachier_avg_latency_ms > 100"), "promql/precomputed-ratio"),
        (
            "a ratio that is NaN at zero traffic",
            rule_file("- record: a:ratio\n  expr: sum(rate(hits_total[5m])) / sum(rate(gets_total[5m]))"),
            "promql/division-by-zero",
        ),
        (
            "a limit that is 0 where there is none",
            alert("redis_memory_used_bytes / redis_memory_max_bytes > 0.8"),
            "promql/division-by-zero",
        ),
        (
            "a quantile of buckets that are not summed",
            alert("histogram_quantile(0.95, rate(yokedcache_operation_duration_seconds_bucket[5m])) > 0.1"),
            "promql/quantile-unsummed",
        ),
        (
            "a ratio of bare counters",
            rule_file("- record: a:ratio\n  expr: django_cache_get_hits_total / django_cache_get_total"),
            "promql/bare-counter",
        ),
        ("a share compared in percent", alert("cache_hits_ratio < 80"), "promql/ratio-threshold"),
        (
            "another threshold in the text",
            summary("cache_avg_latency_us > 0.9", "averaging > 100ms"),
            "rule/text-threshold",
        ),
    ],
)
def test_mistakes_in_rules(mistake: str, text: str, check: str) -> None:
    assert check in ids(text), mistake


def test_a_metric_that_nothing_exports_and_one_that_lacks_total() -> None:
    assert "promql/unknown-metric" in ids(alert("cache_hit_rate < 0.3"), definition="cache")
    assert "promql/unknown-metric" in ids(alert("rate(cache_evictions[5m]) > 0"), definition="cache")


def test_unsummed_rates_under_one_name() -> None:
    target = {"refId": "A", "expr": "rate(yokedcache_cache_gets_total[5m])", "legendFormat": "Gets/sec"}
    assert "dashboard/legend-labels" in ids(json.dumps(board(panel(targets=[target]))), "board.json")


def test_a_ratio_in_percent_in_one_place_and_as_a_share_in_another() -> None:
    share = 'sum(rate(x_total{result="hit"}[5m])) / (sum(rate(x_total[5m])) > 0)'
    drawn = panel(share, fieldConfig={"defaults": {"unit": "percent"}})
    assert "dashboard/unit-scale" in ids(json.dumps(board(drawn)), "board.json")
    assert "rule/template-unit" in ids(summary(f"100 * {share} < 30", "{{ $value | humanizePercentage }}"))


def test_another_threshold_on_the_dashboard_than_in_the_alert() -> None:
    share = 'sum(rate(x_total{result="hit"}[5m])) / (sum(rate(x_total[5m])) > 0)'
    steps = [{"color": "red", "value": None}, {"color": "green", "value": 0.8}]
    drawn = panel(share, fieldConfig={"defaults": {"unit": "percentunit", "thresholds": {"steps": steps}}})
    texts = {"board.json": json.dumps(board(drawn)), "rules.yaml": alert(f"{share} < 0.3")}
    assert "dashboard/threshold-differs" in {each.id for each in report(texts, definition="").findings}
