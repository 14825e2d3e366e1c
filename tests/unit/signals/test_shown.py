"""Rates over many series are recorded for dashboards, and panels read what was recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from stackgen import conventions
from stackgen.definition import load
from stackgen.definition.model import Definition, Rate, Selector
from stackgen.findings import StackgenError
from stackgen.generators import rules
from stackgen.generators.grafana.recordings import recordings
from stackgen.signals.promql import heatmap, recorded_rates, render
from stackgen.signals.scope import Recordings, Scope
from stackgen.signals.shown import kept_labels, recorded_name, width
from tests.unit.dashboards.contract import named_selectors, panels
from tests.unit.dashboards.definitions import all_drawn

RECORDINGS = Recordings(over=8, step="$__interval", step_seconds="$__interval_ms / 1000")
SCOPE = Scope(window="$__rate_interval", matchers=('job=~"$job"', 'cache=~"$cache"'), recordings=RECORDINGS)
MORE = replace(SCOPE, recordings=replace(RECORDINGS, over=2))


@pytest.fixture(scope="module")
def cache() -> Definition:
    return load("cache")


def test_a_rate_over_many_series_is_read_as_it_was_recorded(cache: Definition) -> None:
    name = "job_instance_cache_backend_le:cache_operation_duration_seconds_bucket:rate1m"
    summed = f'sum by (le) (avg_over_time({name}{{job=~"$job", cache=~"$cache"}}[$__interval]))'
    assert render(cache, cache.signals["latency_p99"], SCOPE) == f"histogram_quantile(0.99, {summed}) >= 0"
    (recorded,) = recorded_rates(cache, cache.signals["latency_p99"], SCOPE)
    assert recorded.expr == (
        "sum by (job, instance, cache, backend, le) (rate(cache_operation_duration_seconds_bucket[1m]))"
    )


def test_a_recording_of_what_matches_has_a_name_of_its_own_and_counts_what_is_left(cache: Definition) -> None:
    matching = [
        Selector(of="operations", where_matches={"operation": "get|set"}),
        Selector(of="operations", where_not_matches={"operation": "get|set"}),
        Selector(of="operations", where={"operation": ("get", "set")}),
        Selector(of="operations"),
    ]
    assert len({recorded_name(cache, each, "", ("job",)) for each in matching}) == len(matching)
    kept, left_out, listed, every = (width(cache, each, "") for each in matching)
    assert kept == listed
    assert kept + left_out == every


def test_what_a_signal_picks_and_splits_by_is_in_the_name_and_kept(cache: Definition) -> None:
    (recorded,) = recorded_rates(cache, cache.signals["errors"], SCOPE)
    assert recorded.name == "job_instance_cache_backend_kind:cache_errors:rate1m"
    whole, part = recorded_rates(cache, cache.signals["error_ratio"], MORE)
    assert part.name == "job_instance_cache_backend:cache_operations_result_error:rate1m"
    assert part.expr == 'sum by (job, instance, cache, backend) (rate(cache_operations_total{result="error"}[1m]))'
    assert whole.name == "job_instance_cache_backend:cache_operations:rate1m"


def test_both_sides_of_a_ratio_are_of_the_same_time(cache: Definition) -> None:
    _, hits = recorded_rates(cache, cache.signals["hit_ratio"], MORE)  # two series, and three
    assert hits.name == "job_instance_cache_backend:cache_operations_operation_get_result_hit_stale:rate1m"
    for scope in (MORE, SCOPE, replace(SCOPE, recordings=replace(RECORDINGS, over=24))):
        for signal in cache.signals.values():
            expr = render(cache, signal, scope)
            assert not ("avg_over_time" in expr and "rate(" in expr.replace(":rate1m", "")), expr


def test_a_heatmap_counts_what_was_observed_in_a_step_of_the_graph(cache: Definition) -> None:
    (recorded,) = recorded_rates(cache, "operation_duration", SCOPE)
    assert recorded.name == "job_instance_cache_backend_le:cache_operation_duration_seconds_bucket:rate1m"
    matchers = '{job=~"$job", cache=~"$cache"}'
    assert heatmap(cache, "operation_duration", SCOPE) == (
        f"sum by (le) (avg_over_time({recorded.name}{matchers}[$__interval])) * $__interval_ms / 1000"
    )


def test_few_series_and_gauges_are_read_as_they_are(cache: Definition) -> None:
    for key in ("evictions", "size", "targets_up", "memory_share"):
        assert recorded_rates(cache, cache.signals[key], SCOPE) == ()
    assert recorded_rates(cache, cache.signals["latency_p99"], replace(SCOPE, recordings=None)) == ()


def test_how_many_series_a_rate_reads_follows_from_the_closed_labels(cache: Definition) -> None:
    assert width(cache, Selector(of="operations"), "") == 5 * 5
    assert width(cache, Selector(of="operations", where={"operation": ("get",), "result": ("hit", "stale")}), "") == 2
    assert width(cache, Selector(of="operations", where_not={"result": ("error",)}), "") == 5 * 4
    assert width(cache, Selector(of="operation_duration"), "_bucket") == 5 * 5 * 17
    assert width(cache, Selector(of="evictions"), "") == 1


def test_selectors_that_a_name_cannot_tell_apart_have_different_names(cache: Definition) -> None:
    kept = kept_labels(cache, ())
    hit = recorded_name(cache, Selector(of="operations", where={"result": ("hit",)}), "", kept)
    no_hit = recorded_name(cache, Selector(of="operations", where_not={"result": ("hit",)}), "", kept)
    odd = recorded_name(cache, Selector(of="operations", where={"result": ("h:it",)}), "", kept)
    assert len({hit, no_hit, odd}) == 3
    assert odd.count(":") == 2


@pytest.mark.parametrize("source", ["cache", "exporter", str(Path(__file__).parents[2] / "definitions/job_queue.yaml")])
def test_everything_that_panels_read_of_it_is_recorded_and_nothing_else(source: str) -> None:
    definition = load(source)
    text = rules.generate(definition).get(conventions.shown_rules_file(definition), "groups: []")
    recorded = {rule["record"] for group in yaml.safe_load(text)["groups"] for rule in group["rules"]}
    read = {
        name
        for dashboard in all_drawn(definition)
        for panel in panels(dashboard)
        for target in panel.get("targets", ())
        for name, _ in named_selectors(target["expr"])
        if ":" in name and not name.startswith("slo:")
    }
    assert read == recorded


def test_windows_of_recordings_overlap_and_panels_ask_once_a_window(cache: Definition) -> None:
    (group,) = yaml.safe_load(rules.generate(cache)[conventions.shown_rules_file(cache)])["groups"]
    assert group["interval"] == "20s"
    assert all("[1m]" in rule["expr"] for rule in group["rules"])
    for dashboard in all_drawn(cache):
        for panel in panels(dashboard):
            reads = any(":rate1m{" in target["expr"] for target in panel.get("targets", ()))
            assert panel.get("interval") == ("1m" if reads else None)


def test_two_recordings_of_one_name_are_refused(cache: Definition) -> None:
    results = ("hit", "miss", "stale")
    first, second = selected(operation=("get", "result", *results)), selected(operation=("get",), result=results)
    one = replace(cache.signals["throughput"], key="one", expression=Rate((first,)))
    other = replace(one, key="other", expression=Rate((second,)))
    overview = cache.dashboards["overview"]
    panel = replace(overview.rows[0].panels[0], signals=("one", "other"), inline={"one": one, "other": other})
    board = replace(overview, rows=(replace(overview.rows[0], panels=(panel,)),))
    with pytest.raises(StackgenError, match="two recordings would be called"):
        recordings(replace(cache, dashboards={"overview": board}))


def selected(**where: tuple[str, ...]) -> Selector:
    return Selector(of="operation_duration", where=where)
