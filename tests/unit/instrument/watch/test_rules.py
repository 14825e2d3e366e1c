"""Alerts of the cache definition, evaluated over what a process recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from stackgen.definition import load
from stackgen.exporters.cache import CacheMetrics
from stackgen.instrument.watch import Notice, Rules
from stackgen.runtime import Alert, Condition
from tests.unit.runtime.exporters import exporter_class

MIB = 2.0**20

DISK = """\
stackgen: 1
name: disk
title: Disk
labels: {host: {bind: true, max_values: 9}}
metrics: {free: {type: gauge, unit: bytes, help: Free.}}
events: {looked: {set: {free: free}}}
signals: {free: {title: Free, good: high, level: {of: free}}}
alerts: {DiskFull: {signal: free, runs_out: {limit: 0, within: 4h}, summary: "{value}"}}
"""


class Clock:
    """A clock that is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def metrics() -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=CollectorRegistry())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rules(metrics: CacheMetrics, clock: Clock) -> Rules:
    return Rules(metrics, clock=clock)


def after(rules: Rules, clock: Clock, seconds: float) -> list[Notice]:
    clock.now += seconds
    return rules.evaluate()


def test_all_alerts_are_evaluated_but_for_those_that_somebody_outside_has_to_see(rules: Rules) -> None:
    assert set(load("cache").alerts) - set(rules.names) == {"CacheMetricsMissing", "CacheTargetDown"}


def test_an_idle_cache_has_nothing_to_tell(rules: Rules, clock: Clock) -> None:
    for _ in range(20):
        assert after(rules, clock, 600) == []


def test_a_ratio_fires_after_its_time_and_ends_when_it_has_been_well_for_a_while(
    rules: Rules, clock: Clock, metrics: CacheMetrics
) -> None:
    for _ in range(99):
        metrics.record_miss(0.001)
    metrics.record_hit(0.001)
    assert after(rules, clock, 0) == []
    assert after(rules, clock, 299) == []
    [notice] = after(rules, clock, 1)
    assert (notice.name, notice.firing, notice.severity) == ("CacheHitRatioLow", True, "warning")
    assert notice.summary == "sessions: only 1% of lookups are hits"
    assert notice.labels == {"cache": "sessions", "backend": "redis"}
    assert notice.runbook.endswith("/CacheHitRatioLow")
    assert after(rules, clock, 60) == [], "it is told once"
    assert list(rules.firing) == ["CacheHitRatioLow"]
    for _ in range(900):
        metrics.record_hit(0.001)
    assert after(rules, clock, 299) == [], "it goes on for a while"
    [ended] = after(rules, clock, 1)
    assert (ended.name, ended.firing) == ("CacheHitRatioLow", False)
    assert list(rules.firing) == []


def test_a_condition_that_does_not_hold_for_long_enough_begins_anew(
    rules: Rules, clock: Clock, metrics: CacheMetrics
) -> None:
    for state in (2, 2, 1, 2, 2):
        metrics.set_circuit_breaker_state(state)
        assert after(rules, clock, 40) == []
    assert [notice.name for notice in after(rules, clock, 40)] == ["CacheCircuitOpen"]


def test_one_signal_against_another(rules: Rules, clock: Clock, metrics: CacheMetrics) -> None:
    metrics.set_pool_connections(5, "in_use")
    metrics.set_pool_limit(0)
    assert not after(rules, clock, 0)
    assert not after(rules, clock, 3000), "a pool without a limit is never full"
    metrics.set_pool_limit(5)
    after(rules, clock, 10)
    assert {notice.name for notice in after(rules, clock, 300)} == {"CachePoolExhausted", "CachePoolNearlyExhausted"}


def test_growth_against_the_day_before(rules: Rules, clock: Clock, metrics: CacheMetrics) -> None:
    metrics.set_size(100 * MIB)
    assert not any(after(rules, clock, 600) for _ in range(100))
    metrics.set_size(140 * MIB)
    assert not any(after(rules, clock, 600) for _ in range(7)), "it is not yet half as much again"
    metrics.set_size(170 * MIB)
    told = [notice.name for _ in range(7) for notice in after(rules, clock, 600)]
    assert told == ["CacheMemoryGrowing"]


def test_what_runs_out(rules: Rules, clock: Clock, metrics: CacheMetrics) -> None:
    metrics.set_size_limit(1000 * MIB)
    metrics.set_size(500 * MIB)
    assert not any(after(rules, clock, 60) for _ in range(60))
    told = []
    for minute in range(60):
        metrics.set_size((500 + 3 * minute) * MIB)
        told += [notice.name for notice in after(rules, clock, 60)]
    assert "CacheMemoryRunsOut" in told
    for _ in range(10):
        metrics.set_size(1000 * MIB)
        after(rules, clock, 60)
        assert "CacheMemoryRunsOut" in rules.firing, "it goes on once its memory is full"


def test_what_hovers_at_its_limit_does_not_run_out(rules: Rules, clock: Clock, metrics: CacheMetrics) -> None:
    metrics.set_size_limit(1000 * MIB)
    for minute in range(240):
        # It takes a little more than it evicts, then evicts.
        metrics.set_size((993 + minute % 8) * MIB)
        after(rules, clock, 60)
        assert "CacheMemoryRunsOut" not in rules.firing


def test_what_is_left_falls_to_its_limit(clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "disk.yaml").write_text(DISK, encoding="utf-8")
    metrics = exporter_class(tmp_path / "disk.yaml")("a", registry=CollectorRegistry())
    rules = Rules(metrics, clock=clock)
    told: list[str] = []
    for minute in range(60):
        metrics.record_looked((500 + 3 * minute) * MIB)
        told += [notice.name for notice in after(rules, clock, 60)]
    assert told == []
    for minute in range(60):
        metrics.record_looked((680 - 3 * minute) * MIB)
        told += [notice.name for notice in after(rules, clock, 60)]
    assert told == ["DiskFull"]
    for _ in range(61):
        assert rules.firing == ("DiskFull",), "it goes on for its window once nothing is left"
        metrics.record_looked(0)
        after(rules, clock, 60)
    metrics.record_looked(0)
    after(rules, clock, 60)
    assert rules.firing == ()


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "count", "no"),
        (0.01, "ratio", "1%"),
        (0.25, "seconds", "0.25 s"),
        (93_600.0, "seconds", "1d 2h"),
        (50_000.0, "per_second", "50000/s"),
        (2.0**31, "bytes", "2 GiB"),
        (512.0, "bytes_per_second", "512 B/s"),
        (0.0168, "per_second", "0.0168/s"),
        (float("inf"), "seconds", "inf s"),
    ],
)
def test_a_value_is_told_in_peoples_units(value: float | None, unit: str, text: str) -> None:
    alert = Alert("A", Condition("s", "above", 0.0), 300.0, "it is {value}", unit=unit)
    now = datetime.now(UTC)
    assert Notice.of(alert, {}, value, firing=True, at=now, began=now).summary == f"it is {text}"


def test_a_disabled_exporter_has_no_alerts(clock: Clock) -> None:
    rules = Rules(CacheMetrics("sessions", "redis", enabled=False), clock=clock)
    assert not after(rules, clock, 0)
    assert not after(rules, clock, 9999)
