"""Signals as PromQL."""

from __future__ import annotations

from pathlib import Path

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.utils import floatToGoString

from stackgen.definition import Definition, load
from stackgen.definition.raw_promql import references
from stackgen.signals.pieces import bound_text
from stackgen.signals.promql import heatmap, render
from stackgen.signals.scope import Scope

QUEUE = Path(__file__).parents[2] / "definitions" / "job_queue.yaml"
FOREIGN = """\
stackgen: 1
name: mail
title: Mail
labels: {reason: {max_values: 10}}
metrics:
  sent: {type: counter, help: Sent., exposed: sent_total}
  failed: {type: counter, help: Failed., labels: [reason], exposed: failed_total}
  late: {type: counter, help: Late., labels: [reason], exposed: late_total}
signals:
  failing: {title: Failing, ratio: {part: {of: failed}, whole: {of: sent}}}
  either: {title: Either, rate: [{of: failed}, {of: late}]}
  all: {title: All, rate: [{of: sent}, {of: failed}]}
"""
RULE = Scope(window="5m", by=("job", "cache"), own_by=False)
PANEL = Scope(window="$__rate_interval", matchers=('job=~"$job"', 'cache=~"$cache"'))


#: Gauges of another exporter.
POOL = """\
stackgen: 1
name: pool
title: Pool
labels: {state: {max_values: 5}}
metrics:
  held: {type: gauge, unit: bytes, help: Held., labels: [state], exposed: pool_bytes}
  capacity: {type: gauge, unit: bytes, help: Capacity., exposed: pool_capacity_bytes}
signals:
  left: {title: Left, good: high, ratio: {part: {of: held, where: {state: free}}, whole: {of: capacity}}}
  both: {title: Both, level: [{of: held, where: {state: free}}, {of: held, where: {state: lent}}]}
"""


@pytest.fixture(scope="module")
def cache() -> Definition:
    return load("cache")


@pytest.fixture(scope="module")
def queue() -> Definition:
    return load(QUEUE)


def rendered(definition: Definition, key: str, scope: Scope) -> str:
    return render(definition, definition.signals[key], scope)


def test_a_rate_is_a_sum_of_rates_split_by_its_labels(cache: Definition) -> None:
    assert rendered(cache, "throughput", PANEL) == (
        'sum by (operation) (rate(cache_operations_total{job=~"$job", cache=~"$cache"}[$__rate_interval]))'
    )
    assert rendered(cache, "throughput", RULE) == "sum by (job, cache) (rate(cache_operations_total[5m]))"


def test_a_ratio_is_sums_over_sums_and_nothing_where_the_whole_is_zero(cache: Definition) -> None:
    assert rendered(cache, "error_ratio", RULE) == (
        'sum by (job, cache) (rate(cache_operations_total{result="error"}[5m]))'
        " / (sum by (job, cache) (rate(cache_operations_total[5m])) > 0)"
    )


def test_a_ratio_of_gauges_divides_levels_of_what_has_a_whole(cache: Definition) -> None:
    assert rendered(cache, "memory_share", RULE) == (
        "sum by (job, cache) (cache_size_bytes and (cache_size_limit_bytes > 0))"
        " / (sum by (job, cache) (cache_size_limit_bytes) > 0)"
    )


def test_what_an_exporter_may_not_expose_yet_is_0_where_the_whole_is_there(tmp_path: Path) -> None:
    path = tmp_path / "mail.yaml"
    path.write_text(FOREIGN, encoding="utf-8")
    mail = load(path)
    sent, failed, late = "sum (rate(sent_total[5m]))", "sum (rate(failed_total[5m]))", "sum (rate(late_total[5m]))"
    window = Scope(window="5m")
    assert render(mail, mail.signals["failing"], window) == f"({failed} or 0 * {sent}) / ({sent} > 0)"
    assert render(mail, mail.signals["either"], window) == f"(({failed} or 0 * {late}) + ({late} or 0 * {failed}))"
    assert render(mail, mail.signals["all"], window) == f"({sent} + ({failed} or 0 * {sent}))"


def test_a_gauge_that_is_not_there_is_unknown_and_not_0(tmp_path: Path) -> None:
    path = tmp_path / "pool.yaml"
    path.write_text(POOL, encoding="utf-8")
    pool = load(path)
    free, lent = 'sum (pool_bytes{state="free"})', 'sum (pool_bytes{state="lent"})'
    window = Scope(window="5m")
    assert render(pool, pool.signals["left"], window) == f"{free} / (sum (pool_capacity_bytes) > 0)"
    assert render(pool, pool.signals["both"], window) == f"({free} + {lent})"


def test_what_a_generated_exporter_lays_out_is_not_asked_for_twice(cache: Definition) -> None:
    for signal in cache.signals.values():
        assert "or 0 *" not in render(cache, signal, RULE)


def test_a_quantile_is_over_buckets_summed_by_le_and_nothing_where_nothing_was_observed(cache: Definition) -> None:
    assert rendered(cache, "hit_latency_p99", RULE) == (
        "histogram_quantile(0.99, sum by (le, job, cache) (rate("
        'cache_operation_duration_seconds_bucket{operation="get", result="hit"}[5m]))) >= 0'
    )


def test_several_values_become_an_alternation(cache: Definition) -> None:
    assert 'result=~"hit|stale"' in rendered(cache, "hit_ratio", RULE)


def test_up_is_narrowed_to_the_jobs_of_the_definition_and_has_none_of_its_labels(cache: Definition) -> None:
    assert rendered(cache, "targets_up", Scope(window="5m", by=("job",))) == 'min by (job) (up{job="cache"})'
    assert rendered(cache, "targets_up", PANEL) == 'min(up{job=~"$job"})'.replace("min(", "min (")


def test_labels_are_left_out_by_their_values(queue: Definition) -> None:
    assert 'job_queue_jobs_total{outcome!="done"}' in rendered(queue, "failure_ratio", RULE)


def test_regular_expressions_are_matched_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "mail.yaml"
    path.write_text(
        FOREIGN + "  some: {title: Some, rate: {of: failed, where: {reason: [a, b.c]}, "
        """where_matches: {reason: '[ab]\\.?"?c*'}, where_not_matches: {reason: "a|tmp.*", job: "x\\\\d"}}}\n""",
        encoding="utf-8",
    )
    mail = load(path)
    text = render(mail, mail.signals["some"], Scope(window="5m"))
    assert text == (
        r'sum (rate(failed_total{reason=~"a|b\\.c", reason=~"[ab]\\.?\"?c*", reason!~"a|tmp.*", job!~"x\\d"}[5m]))'
    )
    promql_parser.parse(text)


def test_an_age_is_since_the_newest_time_in_seconds_and_of_0_there_is_none() -> None:
    batch = load(QUEUE.with_name("batch.yaml"))
    rule = Scope(window="5m", by=("job",), own_by=False)
    assert rendered(batch, "since_success", rule) == "time() - max by (job) (batch_last_success != 0)"
    assert rendered(batch, "since_oldest", rule) == "time() - min by (job) (batch_last_success != 0)"
    assert rendered(batch, "since_start", rule) == "time() - max by (job) (batch_last_start_ms != 0) / 1000"
    signal = batch.signals["since_start"]
    assert (signal.unit, signal.good) == ("seconds", "low")


def test_raw_promql_names_metrics_by_key_and_takes_window_labels_and_matchers_of_its_scope(queue: Definition) -> None:
    scope = Scope(window="5m", by=("job", "queue"), matchers=('queue=~"$queue"', 'absent_label="x"'))
    assert rendered(queue, "busy_workers", scope) == (
        'sum by (job, queue) (rate(job_queue_run_duration_seconds_sum{queue=~"$queue"}[5m]))'
    )


def test_a_heatmap_shows_increases_by_bound(cache: Definition) -> None:
    assert heatmap(cache, "operation_duration", PANEL) == (
        "sum by (le) (increase(cache_operation_duration_seconds_bucket"
        '{job=~"$job", cache=~"$cache"}[$__rate_interval]))'
    )


@pytest.mark.parametrize("scope", [RULE, Scope(window="1h"), Scope(window="5m", matchers=('cache="a\\"b"',))])
def test_everything_parses(cache: Definition, queue: Definition, scope: Scope) -> None:
    for definition in (cache, queue):
        for signal in definition.signals.values():
            promql_parser.parse(render(definition, signal, scope))


def test_the_names_of_metrics_are_found_in_promql() -> None:
    text = (
        'sum by (le, cache) (rate(a_bucket{le="x", name="b"}[5m])) / on (cache) group_left (x) '
        '(c offset 1h and d > bool 2e3 or label_replace(e, "f", \'$1\', `g`, "(.*)")) # h\n unless quantile(0.9, i)'
    )
    assert [reference.name for reference in references(text)] == ["a_bucket", "c", "d", "e", "i"]


@given(st.floats() | st.integers(-(10**12), 10**12))
def test_bounds_are_written_as_exporters_write_them(value: float) -> None:
    assert bound_text(value) == floatToGoString(value)  # type: ignore[no-untyped-call]
