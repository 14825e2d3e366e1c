"""The unit of a metric, by what OpenMetrics says or its name ends in."""

from __future__ import annotations

from stackgen.scrape.families import Family, FamilyType
from stackgen.scrape.names import words

#: Base units of the conventions of Prometheus and OpenMetrics, as the language has them.
BASE = (
    "amperes", "bytes", "celsius", "grams", "hertz", "joules", "meters", "ratio", "seconds", "volts", "watts",
)  # fmt: skip
#: Units that names end in although they should not: the base unit, and what one of them is in it.
_SCALED: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("ms", "millis", "milliseconds"), ("seconds", 1e-3)),
    **dict.fromkeys(("us", "usec", "usecs", "microseconds"), ("seconds", 1e-6)),
    **dict.fromkeys(("ns", "nanoseconds"), ("seconds", 1e-9)),
    "minutes": ("seconds", 60.0),
    "hours": ("seconds", 3600.0),
    "days": ("seconds", 86400.0),
    **dict.fromkeys(("kib", "kibibytes"), ("bytes", 1024.0)),
    **dict.fromkeys(("kb", "kilobytes"), ("bytes", 1e3)),
    **dict.fromkeys(("mib", "mebibytes"), ("bytes", 1048576.0)),
    **dict.fromkeys(("mb", "megabytes"), ("bytes", 1e6)),
    **dict.fromkeys(("gib", "gibibytes"), ("bytes", 1073741824.0)),
    **dict.fromkeys(("gb", "gigabytes"), ("bytes", 1e9)),
    "bits": ("bytes", 0.125),
    **dict.fromkeys(("percent", "percentage", "pct"), ("ratio", 0.01)),
}
#: Between these, in seconds, a value that is called a time is a date: 2001 to 2286.
_DATES = (1e9, 1e10)


def last_word(name: str) -> str:
    """The word of a name that tells the unit, if there is one: the last but `total` and `info`."""
    parts = [each for each in words(name) if each not in ("total", "info")]
    return parts[-1] if parts else ""


def unit_of(family: Family) -> str | None:
    """The base unit of what a family measures, by what OpenMetrics says or its name ends in; None for counts."""
    if family.type in (FamilyType.INFO, FamilyType.STATESET):
        return None
    for word in (family.unit, last_word(family.name)):
        if word in BASE:
            return word
        if word in _SCALED:
            return _SCALED[word][0]
    return None


def scale_of(family: Family) -> float:
    """What an exposed value of 1 is in the base unit: 0.001 for milliseconds, 1 for base units and counts."""
    for word in (family.unit, last_word(family.name)):
        if word in BASE:
            return 1.0
        if word in _SCALED:
            return _SCALED[word][1]
    return 1.0


def is_date(family: Family) -> bool:
    """Whether a gauge holds points in time, as seconds since 1970."""
    if family.type is not FamilyType.GAUGE or unit_of(family) != "seconds":
        return False
    if "timestamp" in words(family.name):
        return True
    values = [each.value for each in family.samples]
    low, high = _DATES
    return bool(values) and all(low < value < high for value in values)
