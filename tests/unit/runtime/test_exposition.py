"""The short way shows what prometheus_client shows, for any definition and any values."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import prometheus_client
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.openmetrics import exposition
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime import generate_latest, generate_openmetrics
from tests.unit.runtime.exporters import JOB_QUEUE, exporter_class, parsed

#: Untyped over there.
their_openmetrics: Callable[[CollectorRegistry], bytes] = exposition.generate_latest
families_of: Callable[[str], Any] = text_string_to_metric_families

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x85\u2028\u2029"), max_size=8)
NUMBERS = st.one_of(
    st.floats(allow_nan=False),
    st.sampled_from([0, 1, 3.0, 1e300, 1e-300, -0.0, math.inf, -math.inf, math.nan, 2**53 + 1]),
)
AMOUNTS = NUMBERS.filter(lambda number: number >= 0)
BUCKETS = st.lists(
    st.floats(1e-9, 1e9, allow_nan=False), min_size=1, max_size=6, unique=True
).map(sorted)  # fmt: skip


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "stackgen": 1,
        "name": "thing",
        "title": "Thing",
        "labels": {
            "place": {"bind": True, "max_values": 100},
            "part": {"max_values": 100},
            "how": {"values": draw(st.lists(st.sampled_from(["a", "b", "%s", 'q"', "ö"]), min_size=1, unique=True))},
        },
        "metrics": {
            "taken": {
                "type": "histogram",
                "unit": "seconds",
                "help": draw(TEXTS.filter(str.strip)),
                "labels": ["part", "how"],
                "buckets": draw(BUCKETS),
            },
            "things": {"type": "counter", "help": "Things.", "count_of": "taken"},
            "moved": {"type": "counter", "unit": "bytes", "help": 'back\\slash\nand "quotes"', "labels": ["how"]},
            "plain": {"type": "counter", "help": "No label of its own."},
            "held": {"type": "gauge", "help": "Held.", "labels": ["part"]},
            "about": {"type": "info", "help": "About.", "labels": ["part"]},
        },
        "events": {
            "seen": {"observe": "taken", "arguments": ["part", "how"]},
            "sent": {"count": {"moved": "size", "plain": 1}, "arguments": ["how"]},
        },
    }


def recorded(definition: dict[str, Any], place: str, data: st.DataObject) -> CollectorRegistry:
    registry = CollectorRegistry()
    with TemporaryDirectory() as folder:
        path = Path(folder, "thing.yaml")
        path.write_text(yaml.safe_dump(definition))
        metrics: Any = exporter_class(path)(place, registry=registry)
    how = st.sampled_from(definition["labels"]["how"]["values"])
    for part, value, seconds in data.draw(st.lists(st.tuples(TEXTS, how, AMOUNTS), max_size=8)):
        metrics.record_seen(seconds, part, value)
    for value, size in data.draw(st.lists(st.tuples(how, AMOUNTS), max_size=4)):
        metrics.record_sent(value, size=size)
    for part, number in data.draw(st.lists(st.tuples(TEXTS, NUMBERS), max_size=4)):
        metrics.set_held(number, part)
        metrics.set_about(part)
    Counter("foreign", "Not ours.", ["label"], registry=registry).labels('x"\\').inc(data.draw(AMOUNTS))
    Histogram("also_foreign", "Not ours.", registry=registry).observe(0.5)
    Gauge("foreign_gauge", "Not ours.", registry=registry).set(data.draw(NUMBERS))
    return registry


def comparable(body: bytes, *, is_openmetrics: bool = False) -> dict[Any, str]:
    """Numbers as texts, because NaN is not itself."""
    return {key: repr(value) for key, value in parsed(body, openmetrics=is_openmetrics).items()}


@settings(max_examples=25)
@given(definitions(), TEXTS, st.data())
def test_both_ways_show_the_same_samples(definition: dict[str, Any], place: str, data: st.DataObject) -> None:
    registry = recorded(definition, place, data)
    assert comparable(generate_latest(registry)) == comparable(prometheus_client.generate_latest(registry))
    theirs, ours = their_openmetrics(registry), generate_openmetrics(registry)
    assert comparable(ours, is_openmetrics=True) == comparable(theirs, is_openmetrics=True)


def test_it_has_the_signature_of_the_original() -> None:
    registry = CollectorRegistry()
    CacheMetrics("sessions", "redis", registry=registry).record_hit(0.1)
    for escaping in ("underscores", "allow-utf-8", "dots", "values"):
        ours = generate_latest(registry, escaping)
        assert comparable(ours) == comparable(prometheus_client.generate_latest(registry, escaping))


def test_families_stay_whole_and_in_order() -> None:
    registry = CollectorRegistry()
    Counter("first", "Theirs.", registry=registry)
    CacheMetrics("sessions", "redis", registry=registry)
    Counter("last", "Theirs.", registry=registry)

    def types(body: bytes) -> list[str]:
        return [line for line in body.decode().splitlines() if line.startswith("# TYPE")]

    assert types(generate_latest(registry)) == types(prometheus_client.generate_latest(registry))


def test_one_metric_of_ours_can_be_asked_for() -> None:
    registry = CollectorRegistry()
    CacheMetrics("sessions", "redis", registry=registry).record_hit(0.1)
    only: Any = registry.restricted_registry(["cache_operations_total"])
    assert {name for name, _ in parsed(generate_latest(only))} == {"cache_operations_total"}


def test_openmetrics_has_units_and_ends() -> None:
    registry = CollectorRegistry()
    CacheMetrics("sessions", "redis", registry=registry)
    lines = generate_openmetrics(registry).decode().splitlines()
    assert "# UNIT cache_operation_duration_seconds seconds" in lines
    assert "# TYPE cache_operations counter" in lines
    assert lines[-1] == "# EOF"
    assert lines.count("# EOF") == 1


def test_exemplars_are_on_their_bucket_in_openmetrics_only() -> None:
    registry = CollectorRegistry()
    metrics = CacheMetrics("sessions", "redis", registry=registry)
    metrics.record_hit(0.0003, trace_id="4bf92f")
    with metrics.time_get() as op:
        op.miss(trace_id="abc")
    text = generate_openmetrics(registry).decode()
    (line,) = (line for line in text.splitlines() if "4bf92f" in line)
    assert 'result="hit",le="0.0005"} 1 # {trace_id="4bf92f"} 0.0003 ' in line
    exemplars = [
        (sample.labels["result"], sample.exemplar.labels["trace_id"], sample.exemplar.value)
        for family in families_of(text)
        for sample in family.samples
        if sample.exemplar
    ]
    assert ("hit", "4bf92f", 0.0003) in exemplars
    assert ("miss", "abc") in [(result, trace) for result, trace, _ in exemplars]
    assert exemplars == [
        (sample.labels["result"], sample.exemplar.labels["trace_id"], sample.exemplar.value)
        for family in families_of(their_openmetrics(registry).decode())
        for sample in family.samples
        if sample.exemplar
    ]
    assert b"trace_id" not in generate_latest(registry)


def test_a_series_that_appears_during_a_scrape_is_whole_or_not_there() -> None:
    registry = CollectorRegistry()
    metrics: Any = exporter_class(JOB_QUEUE)("eu", registry=registry)
    metrics.record_done(0.1, "first")
    families = registry.collect()
    shown = [next(iter(families))]
    metrics.record_done(0.1, "second")
    shown.extend(families)
    queues = {sample.labels.get("queue") for family in shown for sample in family.samples} - {None}
    assert queues == {"first"}


@pytest.mark.parametrize("number", [0, 5, -5, 1.5, 1e22, 1e-7, 123456789.0, 2**63, math.inf, -math.inf, math.nan])
def test_numbers_are_read_back_as_they_were(number: float) -> None:
    registry = CollectorRegistry()
    CacheMetrics("sessions", "redis", registry=registry).set_size(number)
    (shown,) = (value for (name, _), value in parsed(generate_latest(registry)).items() if name == "cache_size_bytes")
    assert repr(shown) == repr(float(number))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("\ud800", "?"),
        ('a "b" \\ \n c', 'a "b" \\ \n c'),
        (1234, "1234"),
        ("ü" * 120, "ü" * 120),
        ("4" * 121, None),
        ("4" * 200, None),
    ],
)
def test_any_trace_is_written_so_that_a_parser_takes_it_or_left_out(given: Any, shown: str | None) -> None:
    registry = CollectorRegistry()
    metrics = CacheMetrics("sessions", "redis", registry=registry)
    metrics.record_hit(0.0003, trace_id=given)
    for text in (generate_openmetrics(registry), their_openmetrics(registry)):
        samples = [sample for family in families_of(text.decode()) for sample in family.samples]
        assert [each.exemplar.labels["trace_id"] for each in samples if each.exemplar] == ([shown] if shown else [])
        assert sum(each.value for each in samples if each.name == "cache_operations_total") == 1
