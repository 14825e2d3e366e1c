"""What a right definition becomes."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from stackgen.definition import Definition, load
from stackgen.definition.model import Above, Growth, RunsOut, Severity
from stackgen.definition.quantities import duration, prometheus_duration, quantity
from stackgen.findings import DefinitionError


@pytest.fixture(scope="module")
def cache() -> Definition:
    return load("cache")


def test_exposed_names_are_prefix_metric_unit_and_total(cache: Definition) -> None:
    exposed = {key: metric.exposed for key, metric in cache.metrics.items()}
    assert exposed["operation_duration"] == "cache_operation_duration_seconds"
    assert exposed["operations"] == "cache_operations_total"
    assert exposed["size_limit"] == "cache_size_limit_bytes"
    assert exposed["pool_connections"] == "cache_pool_connections"


def test_a_count_has_the_labels_of_its_histogram(cache: Definition) -> None:
    assert cache.metrics["operations"].labels == cache.metrics["operation_duration"].labels
    assert cache.labels_of("operations") == ("cache", "backend", "operation", "result")
    assert cache.labels_of("up") == ()


def test_the_model_cannot_be_changed(cache: Definition) -> None:
    with pytest.raises(FrozenInstanceError):
        cache.name = "other"  # type: ignore[misc]


def test_units_of_signals_follow_from_their_metrics(cache: Definition) -> None:
    units = {key: signal.unit for key, signal in cache.signals.items()}
    assert units["hit_ratio"] == "ratio"
    assert units["throughput"] == "per_second"
    assert units["latency_p99"] == "seconds"
    assert units["size"] == "bytes"
    assert units["entries"] == "count"


def test_the_thresholds_of_the_shipped_alerts(cache: Definition) -> None:
    alerts = cache.alerts
    assert alerts["CacheErrorRatioHigh"].condition == Above(0.05)
    assert alerts["CacheErrorRatioHigh"].for_ == 120
    assert alerts["CacheErrorRatioHigh"].severity is Severity.CRITICAL
    assert alerts["CacheLatencyHigh"].condition == Above(0.1)
    assert alerts["CacheHitRatioLow"].when is not None


def test_the_buckets_of_operations_reach_from_50_microseconds_to_5_seconds(cache: Definition) -> None:
    buckets = cache.metrics["operation_duration"].buckets
    assert buckets[0] == 0.00005
    assert buckets[-1] >= 5


def test_another_domain_is_described_with_the_same_words() -> None:
    queue = load(Path(__file__).parents[2] / "definitions" / "job_queue.yaml")
    assert queue.metrics["wait_duration"].buckets[:3] == (0.01, 0.04, 0.16)
    assert queue.events["started"].count == {"payload": "size"}
    assert queue.events["measured"].amounts == ("waiting", "room")
    assert queue.alerts["QueueFilling"].condition == RunsOut("room", 4 * 3600)
    assert queue.alerts["QueueGrowing"].condition == Growth(0.5, 86400)
    assert queue.alerts["JobsFailing"].when is not None
    assert queue.alerts["JobsFailing"].when.condition == Above(0.1)
    assert queue.signals["intake"].unit == "bytes_per_second"


# -- extends ----------------------------------------------------------------------------------------------------------


def extended(tmp_path: Path, text: str) -> Definition:
    path = tmp_path / "mine.yaml"
    path.write_text(f"stackgen: 1\nextends: cache\n{text}", encoding="utf-8")
    return load(path)


def test_maps_merge_lists_replace_and_null_removes(tmp_path: Path, cache: Definition) -> None:
    mine = extended(
        tmp_path,
        "title: My cache\n"
        "labels: {operation: {values: [get, set, delete, invalidate, other, scan]}}\n"
        "alerts:\n  CacheEvicting: null\n  CacheHitRatioLow: {below: 50%}\n",
    )
    assert mine.name == "cache"
    assert mine.title == "My cache"
    assert mine.labels["operation"].values == ("get", "set", "delete", "invalidate", "other", "scan")
    assert mine.labels["operation"].description == cache.labels["operation"].description
    assert "CacheEvicting" not in mine.alerts
    assert mine.alerts["CacheHitRatioLow"].condition.than == 0.5  # type: ignore[union-attr]
    assert mine.alerts["CacheHitRatioLow"].for_ == 300


def test_a_chain_of_files_each_beside_the_one_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "a.yaml").write_text("extends: cache\ntitle: A\n", encoding="utf-8")
    (tmp_path / "base" / "b.yaml").write_text("extends: a.yaml\n", encoding="utf-8")
    (tmp_path / "c.yaml").write_text("extends: base/b.yaml\nname: shop\n", encoding="utf-8")
    shop = load(tmp_path / "c.yaml")
    assert (shop.name, shop.title) == ("shop", "A")
    assert shop.metrics["operations"].exposed == "shop_operations_total"


def test_a_mistake_in_what_is_extended_is_placed_in_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("extends: cache\nalerts: {CacheEvicting: {signal: evictons}}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("extends: a.yaml\ntitle: B\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"a\.yaml:2:34: alerts\.CacheEvicting\.signal: no signal 'evictons'"):
        load(tmp_path / "b.yaml")


def test_removing_what_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"nothing to remove: .* 'CacheEvictng'; did you mean 'CacheEvicting'"):
        extended(tmp_path, "alerts: {CacheEvictng: null}\n")


def test_a_misspelt_alert_to_change_names_the_one_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"alerts\.CacheEvictng: .* missing; .*or did you mean 'CacheEvicting'\?"):
        extended(tmp_path, "alerts: {CacheEvictng: {for: 2m}}\n")


def test_removing_what_others_need_names_them(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as caught:
        extended(tmp_path, "signals: {hit_ratio: null}\n")
    assert "alerts.CacheHitRatioLow.signal: no signal 'hit_ratio'" in str(caught.value)
    assert "dashboards.overview.rows.glance.panels.hit_ratio.stat: no signal 'hit_ratio'" in str(caught.value)


def test_includes_are_definitions_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("stackgen: 1\nname: app\ntitle: App\nincludes: [cache]\n", encoding="utf-8")
    app = load(tmp_path / "app.yaml")
    assert [included.name for included in app.includes] == ["cache"]
    assert not app.alerts


def test_pages_of_what_is_included_are_found_where_those_of_the_definition_are(tmp_path: Path) -> None:
    mine = extended(tmp_path, "stack: {runbooks: 'https://wiki.example.org', grafana: 'https://grafana.example.org'}\n")
    redis, *others = mine.includes
    assert [each.name for each in others] == ["exporter", "prometheus", "alertmanager"]
    assert (redis.stack.runbooks, redis.stack.grafana) == ("https://wiki.example.org", "https://grafana.example.org")
    assert redis.stack.jobs == ("redis-exporter",)


def test_a_cache_that_is_not_redis_leaves_redis_out(tmp_path: Path) -> None:
    assert extended(tmp_path, "includes: []\n").includes == ()


# -- quantities -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300.0), ("1h30m", 5400.0), ("100ms", 0.1), ("1.5s", 1.5), ("2w", 1209600.0), ("m", None), ("5", None)],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(300, "5m"), (5400, "1h30m"), (0.1, "100ms"), (2419200, "4w"), (2592000, "30d"), (604800, "1w"), (0, "0s"),
     (129600, "1d12h"), (31536000, "1y"), (90.5, "1m30s500ms")],
)  # fmt: skip
def test_durations_are_written_as_prometheus_does(seconds: float, text: str) -> None:
    assert prometheus_duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("30%", "ratio", 0.3),
        ("512MiB", "bytes", 536870912),
        ("5 MB", "bytes", 5_000_000),
        ("30/min", "per_second", 0.5),
        ("2 per hour", "per_second", 2 / 3600),
        ("250ms", "seconds", 0.25),
        ("250ms", "ratio", None),
        ("lots", "count", None),
    ],
)
def test_quantities(text: str, unit: str, value: float | None) -> None:
    assert quantity(text, unit) == (pytest.approx(value) if value is not None else None)
