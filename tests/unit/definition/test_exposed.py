"""Metrics of systems that exist already: their names, the namespace in them, units that are none, and scales."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.checks.known.from_definitions import knowledge_of
from stackgen.definition import Definition, load
from stackgen.definition.model import LatencyWithin
from stackgen.findings import DefinitionError
from stackgen.generators import exporter, rules, tests
from stackgen.signals.promql import render
from stackgen.signals.scope import Scope

FOREIGN = """\
stackgen: 1
name: store
title: Store
namespace: acme
labels:
  db: {max_values: 16}
metrics:
  ops: {type: counter, help: Operations., exposed: "{namespace}_total_ops", labels: [db]}
  keys: {type: gauge, help: Keys., exposed: "{namespace}_keys_total"}
  wait: {type: histogram, unit: seconds, scale: 0.000001, help: Wait., exposed: store_wait_usec, buckets: [10, 1000]}
  busy: {type: counter, unit: seconds, scale: 0.001, help: Time spent., exposed: store_busy_ms_total}
  fill: {type: gauge, unit: ratio, scale: 0.01, help: Fill., exposed: store_fill_percent}
  size: {type: gauge, unit: bytes, scale: 1024, help: Size., exposed: store_size_kb}
  room: {type: gauge, unit: bytes, help: Room., exposed: store_room_bytes}
signals:
  ops: {title: Operations, rate: {of: ops, where: {db: "0"}}}
  wait_p99: {title: p99 wait, quantile: {of: wait, q: 0.99}}
  wait_mean: {title: Mean wait, mean: {of: wait}}
  waits: {title: Waits, rate: {of: wait}}
  busy: {title: Busy, rate: {of: busy}}
  fill: {title: Fill, level: {of: fill, aggregate: max}}
  used: {title: Used, good: low, ratio: {part: {of: size}, whole: {of: room}}}
  busy_mean: {title: Mean time, unit: seconds, good: low, ratio: {part: {of: busy}, whole: {of: ops}}}
alerts:
  OpsMany: {signal: ops, above: 5, summary: Many.}
  WaitLong: {signal: wait_p99, above: 0.5ms, summary: "{value}"}
  Full: {signal: fill, above: 90%, summary: "{value}"}
  Used: {signal: used, above: 90%, summary: "{value}"}
  BusyLong: {signal: busy_mean, above: 2s, summary: "{value}"}
slos:
  fast: {objective: 99, period: 30d, latency: {of: wait, within: 1ms}}
"""


def defined(tmp_path: Path, text: str) -> Definition:
    path = tmp_path / "store.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


@pytest.fixture
def store(tmp_path: Path) -> Definition:
    return defined(tmp_path, FOREIGN)


def names(definition: Definition) -> dict[str, str]:
    return {key: metric.exposed for key, metric in definition.metrics.items()}


def test_names_are_as_exposed_whatever_they_end_in(store: Definition) -> None:
    assert names(store) | {"ops": "acme_total_ops", "keys": "acme_keys_total", "wait": "store_wait_usec"} == names(
        store
    )
    assert store.metrics["ops"].family == "acme_total_ops"
    assert store.metrics["keys"].family == "acme_keys_total"


def test_the_namespace_is_changed_in_one_line(tmp_path: Path, store: Definition) -> None:
    changed = defined(tmp_path, FOREIGN.replace("namespace: acme", "namespace: shop"))
    assert names(changed) == names(store) | {"ops": "shop_total_ops", "keys": "shop_keys_total"}


def test_an_empty_namespace_leaves_no_underscore(tmp_path: Path) -> None:
    assert names(defined(tmp_path, FOREIGN.replace("namespace: acme", "namespace: ''")))["ops"] == "total_ops"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("namespace: acme\n", "", "metrics.ops.exposed: no namespace is given; add `namespace`"),
        ("namespace: acme", "namespace: 9a", "namespace: '9a' is not of the right form"),
        ("namespace}_total", "nmspace}_total", "'{nmspace}_total_ops' is no name that a metric can have"),
        ('"{namespace}_keys_total"', '"9{namespace}"', "'9acme' is no name that a metric can have"),
        ("unit: bytes, help: Room., exposed", "unit: ms, help: Room., exposed", "write 'seconds', and as `scale` how"),
        ("unit: bytes, scale: 1024", "scale: 1024", "metrics.size.scale: a scale without a unit"),
        (", exposed: store_size_kb", "", "the name would say one unit and the values be in another"),
        ("scale: 1024", "scale: 0", "0 is too small; use more than 0"),
        ("scale: 1024", "scale: 1e300", "1e+300 is no scale"),
        ("type: gauge, unit: bytes, scale", "type: info, unit: bytes, scale", "an info has no value to scale"),
        ("within: 1ms", "within: 2ms", "use one of 1e-05, 0.001"),
        ("above: 0.5ms", "above: 1ms", "0.001 is not below the largest bucket bound, 0.001"),
        ("signals:\n", "events: {op: {count: ops, arguments: [db]}}\nsignals:\n", "of these events knows no scale"),
    ],
)
def test_a_mistake_is_named_with_its_cure(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in FOREIGN
    with pytest.raises(DefinitionError) as caught:
        defined(tmp_path, FOREIGN.replace(old, new, 1))
    assert expected in str(caught.value)


def test_a_namespace_that_no_name_has_changes_nothing_and_is_said(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="namespace: no exposed name has it"):
        defined(tmp_path, FOREIGN.replace("{namespace}", "acme"))


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        ("ops", 'sum (rate(acme_total_ops{db="0"}[5m]))'),
        ("wait_p99", "histogram_quantile(0.99, sum by (le) (rate(store_wait_usec_bucket[5m]))) / 1000000 >= 0"),
        ("wait_mean", "sum (rate(store_wait_usec_sum[5m])) / 1000000 / (sum (rate(store_wait_usec_count[5m])) > 0)"),
        ("waits", "sum (rate(store_wait_usec_count[5m]))"),
        ("busy", "sum (rate(store_busy_ms_total[5m])) / 1000"),
        ("fill", "max (store_fill_percent) / 100"),
        ("used", "sum (store_size_kb and (store_room_bytes > 0)) * 1024 / (sum (store_room_bytes) > 0)"),
        ("busy_mean", "sum (rate(store_busy_ms_total[5m])) / 1000 / (sum (rate(acme_total_ops[5m])) > 0)"),
    ],
)
def test_signals_are_in_base_units_whatever_is_exposed(store: Definition, signal: str, expected: str) -> None:
    assert render(store, store.signals[signal], Scope(window="5m")) == expected


def test_ratios_of_one_scale_need_none(tmp_path: Path) -> None:
    text = FOREIGN.replace(
        "ratio: {part: {of: size}, whole: {of: room}}", "ratio: {part: {of: size}, whole: {of: size}}"
    )
    store = defined(tmp_path, text.replace('  Used: {signal: used, above: 90%, summary: "{value}"}\n', ""))
    assert render(store, store.signals["used"], Scope(window="5m")) == "sum (store_size_kb) / (sum (store_size_kb) > 0)"


def test_an_objective_counts_by_the_bound_as_it_is_exposed(store: Definition) -> None:
    indicator = store.slos["fast"].indicator
    assert isinstance(indicator, LatencyWithin)
    assert indicator.within == 1000
    assert r'store_wait_usec_bucket{le=~"1000|1000\\.0"}' in "".join(rules.generate(store).values())


def test_there_is_no_exporter_of_what_somebody_else_exposes(store: Definition) -> None:
    assert exporter.generate(store) == {}


def test_every_alert_has_tests_in_exposed_units(store: Definition) -> None:
    text = tests.generate(store)["store.tests.yaml"]
    assert "has no test" not in text
    for name in store.alerts:
        assert f"{name}: fires just beyond the threshold" in text
    assert 'store_fill_percent{job="store", instance="app:8000"}' in text
    assert "90.9+0x" in text
    assert 'acme_total_ops{job="store", instance="app:8000", db="0"}' in text
    assert 'acme_total_ops{job="store", instance="app:8000", db="other-db"}' in text


def test_checks_know_the_units_that_are_exposed_and_that_there_may_be_more(store: Definition) -> None:
    known = knowledge_of([store])
    assert known.series["store_wait_usec_sum"].unit == "microseconds"
    assert known.series["store_fill_percent"].unit == "percent"
    assert known.series["store_size_kb"].unit is None
    assert known.exists("store_something_else") is None
