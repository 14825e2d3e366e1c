"""Signals in process mean what they mean in PromQL."""

from __future__ import annotations

import math
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime import generate_latest, store, stores
from stackgen.runtime.history import History
from stackgen.runtime.snapshot import quantile
from tests.unit.runtime.exporters import JOB_QUEUE, OPEN_LABEL, exporter_class, samples

BOUNDS = (0.1, 0.2, 0.4, 0.8)


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


@pytest.fixture
def metrics() -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=CollectorRegistry())


def test_a_ratio_is_a_share_of_what_was_recorded(metrics: CacheMetrics) -> None:
    for _ in range(3):
        metrics.record_hit(0.001)
    metrics.record_miss(0.001)
    snapshot = metrics.snapshot()
    assert snapshot.hit_ratio == 0.75
    assert snapshot.error_ratio == 0
    assert snapshot.latency_mean == pytest.approx(0.001)


def test_without_traffic_there_is_no_value(metrics: CacheMetrics) -> None:
    snapshot = metrics.snapshot()
    assert (snapshot.hit_ratio, snapshot.latency_p99, snapshot.latency_mean, snapshot.size) == (None,) * 4
    assert snapshot.evictions == 0, "a rate of nothing is nothing"


def test_regular_expressions_pick_out_series_by_whole_values(tmp_path: Path) -> None:
    path = tmp_path / "jobs.yaml"
    text = OPEN_LABEL.read_text(encoding="utf-8")
    text += '  mails: {title: Mails, increase: {of: done, where_matches: {queue: "mail.*|post"}}}\n'
    text += '  others: {title: Others, increase: {of: done, where_not_matches: {queue: "mail|post"}}}\n'
    path.write_text(text, encoding="utf-8")
    exporter = exporter_class(path)(registry=CollectorRegistry())
    for queue, times in (("mail", 1), ("mails", 2), ("post", 4), ("posts", 8)):
        for _ in range(times):
            exporter.record_done(queue)
    snapshot = exporter.snapshot()
    assert (snapshot.mails, snapshot.others) == (7, 10)


def test_an_age_is_since_the_newest_time_that_was_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "jobs.yaml"
    text = OPEN_LABEL.read_text(encoding="utf-8")
    text = text.replace(
        "  done: {type",
        "  last: {type: gauge, unit: seconds, help: Last., labels: [queue], combine: max}\n  done: {type",
        1,
    )
    text = text.replace(
        "  done: {count: done,", "  ended: {set: {last: at}, arguments: [queue]}\n  done: {count: done,", 1
    )
    text += "  newest: {title: Newest, age: {of: last}}\n  oldest: {title: Oldest, age: {of: last, aggregate: min}}\n"
    path.write_text(text, encoding="utf-8")
    exporter = exporter_class(path)(registry=CollectorRegistry())
    monkeypatch.setattr("time.time", lambda: 1000.0)
    exporter.record_ended("never", 0)
    assert (exporter.snapshot().newest, exporter.snapshot().oldest) == (None, None)
    exporter.record_ended("mail", 900)
    exporter.record_ended("post", 990)
    assert (exporter.snapshot().newest, exporter.snapshot().oldest) == (10, 100)


def test_a_split_signal_is_a_map(metrics: CacheMetrics) -> None:
    metrics.record_set(0.1)
    throughput = metrics.snapshot().throughput
    assert throughput["set"] > 0
    assert throughput["get"] == 0


def test_levels_are_the_gauges(metrics: CacheMetrics) -> None:
    metrics.set_size(80)
    metrics.set_size_limit(100)
    metrics.set_pool_connections(3, "in_use")
    metrics.set_entries_function(lambda: 7)
    snapshot = metrics.snapshot()
    assert (snapshot.size, snapshot.memory_share, snapshot.entries) == (80, 0.8, 7)
    assert dict(snapshot.pool_connections) == {"in_use": 3}


def test_it_is_of_one_exporter_and_cannot_be_changed() -> None:
    registry = CollectorRegistry()
    sessions = CacheMetrics("sessions", "redis", registry=registry)
    CacheMetrics("products", "redis", registry=registry).record_miss(0.1)
    sessions.record_hit(0.1)
    snapshot: Any = sessions.snapshot()
    assert snapshot.hit_ratio == 1
    with pytest.raises(AttributeError):
        snapshot.hit_ratio = 0
    with pytest.raises(TypeError):
        snapshot.throughput["get"] = 0


def test_an_open_label_is_covered_as_a_whole() -> None:
    metrics: Any = exporter_class(JOB_QUEUE)("eu", registry=CollectorRegistry())
    metrics.record_done(2.0, "mail")
    metrics.record_failed(4.0, "push")
    snapshot = metrics.snapshot()
    assert snapshot.failure_ratio == 0.5
    assert snapshot.run_mean == 3
    assert set(snapshot.throughput) == {"mail", "push"}


@pytest.mark.parametrize("shared", [False, True])
def test_the_work_grows_with_the_series_and_not_with_their_square(tmp_path: Path, shared: bool) -> None:
    def calls(queues: int) -> int:
        """How many functions a snapshot of so many queues calls."""
        directory = str(tmp_path / str(queues)) if shared else None
        metrics: Any = exporter_class(OPEN_LABEL)(registry=CollectorRegistry(), shared=directory)
        for number in range(queues):
            metrics.set_depth(number, f"q{number}")
            metrics.record_done(f"q{number}")
        counted = 0

        def count(*_: object) -> None:
            nonlocal counted
            counted += 1

        sys.setprofile(count)
        try:
            snapshot = metrics.snapshot()
        finally:
            sys.setprofile(None)
        assert snapshot.depth == {f"q{number}": number for number in range(queues)}
        assert snapshot.total == sum(range(queues))
        return counted

    assert calls(400) < 5 * calls(100)


def test_other_exporters_of_the_registry_hardly_cost_anything() -> None:
    def calls(exporters: int) -> int:
        registry = CollectorRegistry()
        caches = [CacheMetrics(f"c{number}", "redis", registry=registry) for number in range(exporters)]
        counted = 0

        def count(*_: object) -> None:
            nonlocal counted
            counted += 1

        sys.setprofile(count)
        try:
            caches[0].snapshot()
        finally:
            sys.setprofile(None)
        return counted

    assert calls(30) < 2 * calls(1)


def test_a_shared_gauge_is_what_a_scrape_says(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    metrics: Any = exporter_class(OPEN_LABEL)(registry=registry, shared=str(tmp_path))
    for number in range(300):  # past the first block of gauges' own values
        metrics.set_depth(number, f"q{number}")
    with ThreadPoolExecutor(4) as pool:
        for number in range(300):
            pool.submit(metrics.inc_depth, f"q{number}", 0.5)
    metrics.inc_depth("moved alone", 2)
    scraped = {dict(labels)["queue"]: found for (name, labels), found in samples(registry).items() if "depth" in name}
    assert metrics.snapshot().depth == scraped
    assert scraped["moved alone"] == 2


def test_there_are_three_windows(metrics: CacheMetrics) -> None:
    with pytest.raises(ValueError, match=r"window '2m': choose one of 1m, 5m, 1h, or None"):
        metrics.snapshot("2m")  # type: ignore[arg-type]


def test_a_window_covers_what_happened_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(store, "time", clock)
    monkeypatch.setattr("stackgen.runtime.snapshot.time", clock)
    registry = CollectorRegistry()
    metrics = CacheMetrics("sessions", "redis", registry=registry)
    history = stores._registered[registry].stores["cache"].history
    monkeypatch.setattr(history, "_clock", clock.monotonic)
    metrics.snapshot("1m")
    for _ in range(40):  # ten minutes of misses, scraped every 15 s
        metrics.record_miss(0.001)
        clock.now += 15
        generate_latest(registry)
    for _ in range(4):  # then a minute of hits
        metrics.record_hit(0.001)
        clock.now += 15
        generate_latest(registry)
    last_minute, five_minutes, life = metrics.snapshot("1m"), metrics.snapshot("5m"), metrics.snapshot()
    assert (last_minute.covered, last_minute.hit_ratio) == (60, 1)
    assert last_minute.lookups["hit"] == pytest.approx(4 / 60)
    assert (five_minutes.covered, five_minutes.hit_ratio) == (300, 0.2)
    assert life.covered == 660
    assert life.hit_ratio == pytest.approx(4 / 44)
    assert metrics.snapshot("1h").covered == 660, "a younger process has no hour"


def test_history_is_bounded() -> None:
    clock = Clock()
    history = History(clock.monotonic)
    for _ in range(8_000):
        clock.now += 1
        history.keep([clock.now])
    assert len(history._kept) < 200
    for window in (60, 300, 3600):
        found = history.before(window)
        assert found is not None
        assert window <= clock.now - found.time <= window * 1.05 + 1


# -- quantiles --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "counts", "expected"),
    [
        (0.5, [10, 0, 0, 0, 0], 0.05),  # linear from 0 in the first bucket
        (0.5, [0, 10, 0, 0, 0], 0.15),
        (1.0, [0, 10, 0, 0, 0], 0.2),
        (0.9, [5, 0, 0, 0, 5], 0.8),  # above all bounds: the highest finite one
        (0.75, [2, 0, 2, 0, 0], 0.3),  # over an empty bucket
        (0.5, [0, 0, 0, 0, 0], None),
    ],
)
def test_quantiles_are_interpolated_as_promql_does(q: float, counts: list[float], expected: float | None) -> None:
    found = quantile(q, BOUNDS, counts)
    assert found == (None if expected is None else pytest.approx(expected))


def test_a_first_bound_that_is_not_positive_is_the_quantile() -> None:
    assert quantile(0.5, (-1.0, 1.0), [10, 0, 0]) == -1


@given(
    st.lists(st.integers(0, 1000), min_size=5, max_size=5).filter(any),
    st.floats(0.001, 1),
)
def test_a_quantile_is_in_the_bucket_that_holds_its_rank(counts: list[float], q: float) -> None:
    found = quantile(q, BOUNDS, counts)
    assert found is not None
    rank, below = q * sum(counts), 0.0
    for index, count in enumerate(counts):
        if below + count >= rank:
            low = BOUNDS[index - 1] if index else 0.0
            high = BOUNDS[index] if index < len(BOUNDS) else BOUNDS[-1]
            assert min(low, high) - 1e-12 <= found <= high + 1e-12
            return
        below += count
    pytest.fail(f"rank {rank} is in no bucket of {counts}: {math.fsum(counts)}")
