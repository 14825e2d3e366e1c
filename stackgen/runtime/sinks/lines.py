"""Samples as StatsD and DogStatsD write them, one line each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from math import nextafter

from stackgen.runtime.spec import Metric

#: What a name may consist of; the dot parts its levels.
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
#: What ends or parts tags in a line, and what cannot be in one. A `:` in a value is kept: the first one parts.
_NOT_IN_TAGS = re.compile(r"[,|#@\s\x00-\x1f\x7f]+")
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9_./-]+")
#: What parts Graphite's tags.
_NOT_IN_GRAPHITE = re.compile(r"[;~!^=:|@\s\x00-\x1f\x7f]+")

#: Decimal places of times in milliseconds: what is smaller is the noise of a float.
_DIGITS = 9


def name(prefix: str, definition: str, metric: Metric) -> str:
    """The name of a metric: the prefix, the definition's name, the metric's key."""
    return ".".join([*([prefix] if prefix else []), definition, metric.key])


def clean_prefix(prefix: str) -> str:
    """A prefix as it can stand in a name, without the dots at its ends."""
    return ".".join(part for part in map(_part, prefix.split(".")) if part)


def with_values(name: str, labels: Mapping[str, str]) -> str:
    """A name with the values of its labels as further levels: plain StatsD has no tags."""
    return ".".join([name, *(_part(value) or "_" for value in labels.values())])


def with_graphite_tags(name: str, labels: Mapping[str, str]) -> str:
    """A name with its labels as Graphite's tags, `name;label=value`."""
    return "".join([name, *(f";{key}={_NOT_IN_GRAPHITE.sub('_', value) or '_'}" for key, value in labels.items())])


def tags(labels: Mapping[str, str]) -> str:
    """Labels as DogStatsD's tags, to stand at the end of a line; empty ones are left out, it would not take them."""
    found = [
        f"{_NOT_IN_KEYS.sub('_', key)}:{_NOT_IN_TAGS.sub('_', value)}" for key, value in labels.items() if value.strip()
    ]
    return f"|#{','.join(found)}" if found else ""


def _part(text: str) -> str:
    return _NOT_IN_NAMES.sub("_", text)


def number(value: float) -> str:
    """A finite number in digits: the receivers' parsers do not all take an exponent."""
    if float(value).is_integer():
        return str(int(value))
    return format(Decimal(repr(float(value))), "f")


def milliseconds(seconds: float) -> str:
    """A time as StatsD wants it."""
    return number(round(seconds * 1000, _DIGITS))


def rate(weight: int) -> str:
    """The sample rate that says how many observations a line stands for; nothing where it is one.

    Receivers work out 1 / rate, and DogStatsD cuts off what is behind the point: the rate is the largest float at which
    that gives the weight.
    """
    if weight == 1:
        return ""
    found = 1 / weight
    while 1 / found < weight:
        found = nextafter(found, 0)
    return f"|@{number(found)}"
