"""Quantities as people read them."""

from __future__ import annotations


def quantity_text(value: float, unit: str) -> str:
    """A quantity in its unit: `30%`, `100ms`, `2/s`, `512MiB`."""
    match unit:
        case "ratio":
            return f"{100 * value:.4g}%"
        case "seconds":
            return _scaled(value, (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)))
        case "bytes":
            return _scaled(value, (("GiB", 2.0**30), ("MiB", 2.0**20), ("KiB", 2.0**10), ("B", 1.0)))
        case "bytes_per_second":
            return _scaled(value, (("MiB/s", 2.0**20), ("KiB/s", 2.0**10), ("B/s", 1.0)))
        case "per_second":
            return f"{value:.4g}/s"
    return f"{value:.6g}"


def _scaled(value: float, scales: tuple[tuple[str, float], ...]) -> str:
    """A value in the first unit in which it is at least 1, in the last one where there is none."""
    for suffix, size in scales:
        if abs(value) >= size:
            return f"{value / size:.4g}{suffix}"
    suffix, size = scales[-1]
    return f"{value / size:.4g}{suffix}"
