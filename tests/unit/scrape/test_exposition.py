"""Reading the text formats: like prometheus_client's parsers where those are right, with lines, and never a crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, Summary, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_text
from prometheus_client.parser import text_string_to_metric_families

from stackgen.findings import StackgenError
from stackgen.scrape.exposition import parse
from stackgen.scrape.families import FamilyType
from tests.unit.scrape.strategies import expositions, texts


def registry(value: str = "a") -> CollectorRegistry:
    """One metric of each type, with a label's value of one's choice."""
    made = CollectorRegistry()
    Counter("orders", "Orders.", ["country"], registry=made).labels(value).inc(3)
    Gauge("queue", 'A "queue"\nof \\ things.', ["country"], registry=made).labels(value).set(-2.5)
    Histogram("time_seconds", "Time.", ["country"], buckets=[0.1, 1], registry=made).labels(value).observe(0.5)
    Summary("size_bytes", "Size.", ["country"], registry=made).labels(value).observe(7)
    Info("build", "Build.", registry=made).info({"version": "1"})
    return made


@given(texts)
def test_what_the_client_exposes_is_read_as_it_was_meant_in_both_formats(value: str) -> None:
    made = registry(value)
    for text in (generate_latest(made).decode(), openmetrics_text(made).decode()):  # type: ignore[no-untyped-call]
        families = parse(text, "page")
        assert {name: each.type for name, each in families.items()} == {
            "build_info": FamilyType.INFO,
            "orders_total": FamilyType.COUNTER,
            "queue": FamilyType.GAUGE,
            "size_bytes": FamilyType.SUMMARY,
            "time_seconds": FamilyType.HISTOGRAM,
        }
        assert families["queue"].help == 'A "queue"\nof \\ things.'
        assert families["time_seconds"].bounds == (0.1, 1.0)
        assert [(each.labels, each.value) for each in families["orders_total"].children] == [({"country": value}, 3.0)]
        assert [each.value for each in families["size_bytes"].of("_sum")] == [7.0]


@given(expositions)
def test_every_sample_that_the_clients_parser_sees_is_seen_with_its_labels_and_value(text: str) -> None:
    try:
        expected = [each for family in text_string_to_metric_families(text) for each in family.samples]
    except ValueError:
        return  # it refuses what Prometheus takes, labels such as __y for example
    if not expected:
        return  # a page without a sample is no page of metrics
    found = [each for family in parse(text, "page").values() for each in family.samples]
    # Families of one name and starts of counters are told once; what is left has to be there.
    for each in found:
        assert any(
            each.labels == other.labels and (each.value == other.value or each.value != each.value)
            for other in expected
            if other.name in (each.name, f"{each.name}_total")
        )


@given(st.text(max_size=200))
def test_whatever_comes_is_families_or_one_line(text: str) -> None:
    problem = ""
    try:
        parse(text, "page")
    except StackgenError as error:
        problem = str(error)
    assert "\n" not in problem
    assert problem.startswith("page: ") or not problem


def test_a_counter_without_total_keeps_the_name_that_prometheus_stores() -> None:
    (family,) = parse("# TYPE cache_total_ops counter\ncache_total_ops 3\n", "page").values()
    assert (family.name, family.type, family.samples[0].name) == (
        "cache_total_ops",
        FamilyType.COUNTER,
        "cache_total_ops",
    )


@pytest.mark.parametrize(
    ("text", "name", "kind", "why"),
    [
        ("a_total 1\n", "a_total", FamilyType.COUNTER, "its name ends in _total"),
        ('a_bucket{le="1"} 1\na_sum 1\na_count 1\n', "a", FamilyType.HISTOGRAM, "its buckets have le"),
        ('a{quantile="0.5"} 1\na_sum 1\na_count 1\n', "a", FamilyType.SUMMARY, "its series have quantile"),
        ("a_sum 1\na_count 1\n", "a", FamilyType.SUMMARY, "there are _sum and _count"),
        ('a_info{version="1"} 1\n', "a_info", FamilyType.INFO, "its name ends in _info and it is always 1"),
        ("# TYPE a untyped\na 1\n", "a", FamilyType.GAUGE, "nothing says that it only grows"),
    ],
)
def test_where_nobody_tells_a_type_the_shape_does(text: str, name: str, kind: FamilyType, why: str) -> None:
    (family,) = parse(text, "page").values()
    assert (family.name, family.type, family.guessed) == (name, kind, why)


def test_starts_of_counters_are_no_metrics() -> None:
    text = "# TYPE a_total counter\na_total 1\n# TYPE a_created gauge\na_created 1.7e9\n"
    assert list(parse(text, "page")) == ["a_total"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 1\nb{x=1} 2\n", "line 2 is no sample: 'b{x=1} 2'"),
        ('a{x="1" 2\n', "line 1 is no sample"),
        ('a{x="1",x="2"} 2\n', "line 1 is no sample"),
        ("a 1_0\n", "line 1 is no sample"),
        ("a\n", "line 1 is no sample"),
        ("# TYPE a thing\na 1\n", "line 1: 'thing' is no type of metrics"),
        ("# a comment\n", "holds no metrics"),
    ],
)
def test_what_is_no_sample_is_told_with_its_line(text: str, expected: str) -> None:
    with pytest.raises(StackgenError, match="page: ") as error:
        parse(text, "page")
    assert expected in str(error.value)


def test_timestamps_exemplars_quoted_names_and_spaces_are_taken() -> None:
    text = (
        "a 1 1700000000000\n"
        'b_bucket{le="1"} 3 # {trace_id="x"} 0.5 1.7e9\nb_count 3\nb_sum 1\n'
        '{"http.requests", "a.b"="c"} 4\n'
        '  d { x = "}" , } +Inf\n'
    )
    families = parse(text, "page")
    assert families["http.requests"].samples[0].labels == {"a.b": "c"}
    assert families["d"].samples[0].labels == {"x": "}"}
    assert families["d"].samples[0].value == float("inf")
    assert families["b"].bounds == (1.0,)
