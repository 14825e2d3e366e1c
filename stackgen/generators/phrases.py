"""Quantities as people read them."""

from __future__ import annotations

from math import isclose

from stackgen.definition.quantities import prometheus_duration

_BINARY = (("PiB", 2.0**50), ("TiB", 2.0**40), ("GiB", 2.0**30), ("MiB", 2.0**20), ("KiB", 2.0**10), ("B", 1.0))
_DECIMAL = (("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
_SHORT = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6))
_LONG = (("d", 86400.0), ("h", 3600.0), ("m", 60.0))
_PER = (("/s", 1), ("/min", 60), ("/h", 3600))


def quantity_text(value: float, unit: str) -> str:
    """A quantity in its unit: `30%`, `100ms`, `26h`, `2/s`, `100/min`, `512MiB`."""
    match unit:
        case "ratio":
            return f"{_plain(100 * value)}%"
        case "seconds":
            return _time(value)
        case "bytes":
            return _size(value)
        case "bytes_per_second":
            return f"{_size(value)}/s"
        case "per_second":
            return _frequency(value)
    return _plain(value, digits=6)


def _time(value: float) -> str:
    """Seconds: in the largest unit of which they are a whole number, else in as many as it takes."""
    if value == 0:
        return "0s"
    if abs(value) < 60 or (value != int(value) and abs(value) < 3600):
        return _scaled(value, _SHORT)
    for suffix, size in _LONG:
        if value % size == 0:
            return f"{value / size:.0f}{suffix}"
    return f"{'-' if value < 0 else ''}{prometheus_duration(abs(round(value)))}"


def _size(value: float) -> str:
    """Bytes: in powers of two, or of ten where it is only in those that they were meant."""
    suffix, size = next((each for each in _BINARY if abs(value) >= each[1]), _BINARY[-1])
    for other, ten in _DECIMAL:
        if abs(value) >= max(ten, size) and _is_exact(value / ten) and not _is_exact(value / size):
            return f"{_plain(value / ten)}{other}"
    return f"{_plain(value / size)}{suffix}"


def _frequency(value: float) -> str:
    """Events per second; per minute or hour where only that is a number that somebody would write."""
    suffix, times = next((each for each in _PER if _is_exact(value * each[1])), _PER[0])
    return f"{_plain(value * times)}{suffix}"


def _scaled(value: float, scales: tuple[tuple[str, float], ...]) -> str:
    """A value in the first unit in which it is at least 1, in the last one where there is none."""
    suffix, size = next((each for each in scales if abs(value) >= each[1]), scales[-1])
    return f"{_plain(value / size)}{suffix}"


def _is_exact(value: float) -> bool:
    """Whether four digits are all that a number has."""
    return value == int(value) or isclose(value, float(f"{value:.4g}"), rel_tol=1e-9)


def _plain(value: float, digits: int = 4) -> str:
    """A number without an exponent, unless it is beyond what anybody reads."""
    text = f"{value:.{digits}g}"
    if "e" not in text or not 1e-9 < abs(value) < 1e15:
        return text
    return f"{value:.0f}" if abs(value) >= 1 else f"{value:.12f}".rstrip("0")
