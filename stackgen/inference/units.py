"""The unit of a metric, by what OpenMetrics says or its name ends in."""

from __future__ import annotations

from stackgen.inference.words import words
from stackgen.scrape.families import Family, FamilyType

#: Base units of the conventions of Prometheus and OpenMetrics, as the language has them.
BASE = (
    "amperes", "bytes", "celsius", "grams", "hertz", "joules", "meters", "ratio", "seconds", "volts", "watts",
)  # fmt: skip
#: Units that names end in although they should not, and the base unit that they are a multiple of.
OTHERS = {
    **dict.fromkeys(("ms", "millis", "milliseconds", "us", "usec", "microseconds", "ns", "nanoseconds"), "seconds"),
    **dict.fromkeys(("minutes", "hours", "days"), "seconds"),
    **dict.fromkeys(("kb", "kib", "kilobytes", "mb", "mib", "megabytes", "gb", "gib", "bits"), "bytes"),
    **dict.fromkeys(("percent", "percentage", "pct"), "ratio"),
}
#: Between these, in seconds, a value that is called a time is a date: 2001 to 2286.
_DATES = (1e9, 1e10)


def last_word(name: str) -> str:
    """The word of a name that tells the unit, if there is one: the last but `total` and `info`."""
    parts = [each for each in words(name) if each not in ("total", "info")]
    return parts[-1] if parts else ""


def unit_of(family: Family) -> str | None:
    """The base unit of a family's values; None for counts, and for units that are no base units."""
    if family.type in (FamilyType.INFO, FamilyType.STATESET):
        return None
    if family.unit in BASE:
        return family.unit
    word = last_word(family.name)
    return word if word in BASE else None


def odd_unit(family: Family) -> tuple[str, str] | None:
    """A unit that is no base unit (`milliseconds`) and the base unit in its place; None where there is none."""
    for word in (family.unit, last_word(family.name)):
        if word in OTHERS:
            return word, OTHERS[word]
    return None


def is_date(family: Family) -> bool:
    """Whether a gauge holds points in time, as seconds since 1970."""
    if family.type is not FamilyType.GAUGE or unit_of(family) != "seconds":
        return False
    if "timestamp" in words(family.name):
        return True
    values = [each.value for each in family.samples]
    low, high = _DATES
    return bool(values) and all(low < value < high for value in values)
