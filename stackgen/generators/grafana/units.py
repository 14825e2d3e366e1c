"""Units of signals in Grafana's words, with the decimals and the axis that suit them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stackgen.definition.model import Ratio, Signal


@dataclass(frozen=True, slots=True)
class Unit:
    """How numbers of one unit are written; None leaves decimals to Grafana and the axis open."""

    grafana: str
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None


#: Grafana's ids are those of its `valueFormats/categories.ts`.
_UNITS = {
    "seconds": Unit("s", 2),
    # Units of what other systems expose; a heatmap shows their buckets as they are.
    "milliseconds": Unit("ms", 2),
    "microseconds": Unit("µs", 0),
    "nanoseconds": Unit("ns", 0),
    "bytes": Unit("bytes", 1),
    "ratio": Unit("percentunit", 2, 0, 1),
    "percent": Unit("percent", 1, 0, 100),
    "per_second": Unit("ops", 2),
    "bytes_per_second": Unit("Bps", 1),
    "seconds_per_second": Unit("percentunit", 2),
    "count": Unit("short"),
    "info": Unit("none", 0),
    "celsius": Unit("celsius", 1),
    "volts": Unit("volt", 2),
    "amperes": Unit("amp", 2),
    "watts": Unit("watt", 1),
    "joules": Unit("joule", 1),
    "meters": Unit("lengthm", 2),
    "grams": Unit("massg", 1),
    "hertz": Unit("hertz", 1),
    "timestamp": Unit("dateTimeFromNow"),
}
_REQUESTS = Unit("reqps", 2)
_STATE = Unit("short", 0)


def unit_named(name: str | None) -> Unit:
    """The unit of that name; one that Grafana does not know stands behind the number as it is."""
    if not name or name == "count":
        return _UNITS["count"]
    return _UNITS.get(name) or Unit(f"suffix: {name.replace('_per_second', '/s').replace('_', ' ')}")


def unit_of(signal: Signal) -> Unit:
    """The unit of a signal: requests are counted as requests, all else that is per second as operations."""
    if signal.states:
        return _STATE
    if signal.unit == "per_second" and "request" in signal.key:
        return _REQUESTS
    unit = unit_named(signal.unit)
    # A share ends at 1; a gauge that is called a ratio may well be above it, as fragmentation is.
    return unit if isinstance(signal.expression, Ratio) else replace(unit, maximum=None)
