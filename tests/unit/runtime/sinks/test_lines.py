"""Names, tags, numbers and sample rates as the receivers' parsers want them."""

from __future__ import annotations

import re
from itertools import pairwise
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackgen.runtime.sinks import lines
from stackgen.runtime.sinks.packets import packed
from stackgen.runtime.spec import Metric

METRIC = Metric("operations", "counter", "cache_operations_total", "")


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("", "cache.operations"),
        ("shop", "shop.cache.operations"),
        ("shop.", "shop.cache.operations"),
        (".shop..eu.", "shop.eu.cache.operations"),
        ("shop:1|c", "shop_1_c.cache.operations"),
    ],
)
def test_the_prefix_stands_once_before_the_name(prefix: str, name: str) -> None:
    assert lines.name(lines.clean_prefix(prefix), "cache", METRIC) == name


def test_values_of_labels_are_levels_of_the_name_whatever_is_in_them() -> None:
    labels = {"cache": "a.b/c:d|e", "backend": "redis", "key": ""}
    assert lines.with_values("cache.operations", labels) == "cache.operations.a_b_c_d_e.redis._"


def test_graphite_tags() -> None:
    assert lines.with_graphite_tags("x", {"cache": "a;b=c", "kind": ""}) == "x;cache=a_b_c;kind=_"


def test_dogstatsd_tags() -> None:
    assert lines.tags({"cache": "a,b|c#d", "url": "redis:6379", "empty": " "}) == "|#cache:a_b_c_d,url:redis:6379"
    assert lines.tags({}) == ""


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_digits_and_read_back_as_they_were(value: float) -> None:
    text = lines.number(value)
    assert re.fullmatch(r"-?\d+(\.\d+)?", text)
    assert float(text) == value


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.00031, "0.31"), (2, "2000"), (0.0000005, "0.0005"), (0, "0"), (0.1 + 0.2, "300")]
)
def test_times_are_in_milliseconds(seconds: float, text: str) -> None:
    assert lines.milliseconds(seconds) == text


@given(st.integers(2, 10**12))
def test_one_over_the_rate_is_the_weight_also_where_it_is_cut_off(weight: int) -> None:
    text = lines.rate(weight)
    assert re.fullmatch(r"\|@0\.\d+", text), "StatsD reads no exponent"
    rate = float(text.removeprefix("|@"))
    assert isfinite(rate)
    assert int(1 / rate) == weight == round(1 / rate)


def test_one_observation_has_no_rate() -> None:
    assert lines.rate(1) == ""


SAMPLES = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=40)


@given(st.lists(SAMPLES, max_size=12), st.integers(1, 60))
def test_packets_hold_every_sample_once_and_no_more_than_fits(samples: list[str], most: int) -> None:
    packets = list(packed(samples, most))
    assert [line for packet in packets for line in packet.data.decode().split("\n")] == samples
    for packet in packets:
        assert len(packet.data) <= most or packet.samples == 1
        assert packet.samples == packet.data.count(b"\n") + 1
    for one, other in pairwise(packets):
        assert len(one.data) + 1 + len(other.data.split(b"\n")[0]) > most, "no packet begins before the last is full"
