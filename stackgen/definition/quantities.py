"""Durations and other quantities as people write them: `5m`, `100ms`, `512MiB`, `80%`."""

from __future__ import annotations

import re

#: Seconds in Prometheus's units of time; a year is 365 days (Prometheus, model.ParseDuration).
_TIME = {"y": 31536000.0, "w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[ywdhms]))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[ywdhms])")
_SIZE = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_SIZED = re.compile(r"(\d+(?:\.\d+)?) ?(B|[kMGT]B|[KMGT]iB)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")
_PER = re.compile(r"(\d+(?:\.\d+)?) ?(?:/|per )(second|minute|hour|s|min|h)")
_PER_SECONDS = {"second": 1, "s": 1, "minute": 60, "min": 60, "hour": 3600, "h": 3600}


def duration(text: str) -> float | None:
    """Seconds in a duration such as `1h30m`, or None if it is none."""
    if not _DURATION.fullmatch(text):
        return None
    return sum(float(number) * _TIME[unit] for number, unit in _PART.findall(text))


def quantity(text: str, unit: str) -> float | None:
    """A quantity in a unit of the model (seconds, bytes, ratio, per_second, ...), or None if the text is none."""
    if unit == "seconds":
        return duration(text)
    if unit in ("bytes", "bytes_per_second") and (match := _SIZED.fullmatch(text)):
        return float(match[1]) * _SIZE[match[2]]
    if unit == "ratio" and (match := _PERCENT.fullmatch(text)):
        return float(match[1]) / 100
    if unit == "per_second" and (match := _PER.fullmatch(text)):
        return float(match[1]) / _PER_SECONDS[match[2]]
    return None


def looks_like_quantity(text: str) -> bool:
    """Whether a text was meant as a quantity, whatever its unit, and not as a name."""
    return text[:1].isdigit() or text[:1] in "-+."


def prometheus_duration(seconds: float) -> str:
    """A duration as Prometheus prints it: `5m`, `1h30m`, `4w`, `0s` (model.Duration.String)."""
    left = round(seconds * 1000)
    if left == 0:
        return "0s"
    for unit in ("y", "w"):  # printed only where nothing is left over
        size = round(_TIME[unit] * 1000)
        if left % size == 0:
            return f"{left // size}{unit}"
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        size = round(_TIME[unit] * 1000)
        if count := left // size:
            parts.append(f"{count}{unit}")
        left %= size
    return "".join(parts)
