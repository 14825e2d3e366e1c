"""What Prometheus makes of the templates in annotations, so that tests can say which text must arrive.

The functions follow Prometheus, template/template.go.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from urllib.parse import quote_plus

_TEMPLATE = re.compile(
    r"\{\{ \$(?:labels\.(?P<label>\w+)(?P<escaped> \| urlquery)?|value(?: \| (?P<function>\w+(?: \"[^\"]*\")?))?) \}\}"
)
#: The one condition that there is: a value below a number is written in one way, any other in another.
_CHOICE = re.compile(r"\{\{ if lt \$value (?P<limit>[\d.]+) \}\}(?P<less>.*?)\{\{ else \}\}(?P<more>.*?)\{\{ end \}\}")
_LARGE = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")
_SMALL = ("", "m", "u", "n", "p", "f", "a", "z", "y")
_BINARY = ("", "ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")


def filled(text: str, value: float, labels: Mapping[str, str]) -> str:
    """A text with its templates filled in; label values are escaped where the template says so."""

    def fill(found: re.Match[str]) -> str:
        if found["label"] is None:
            return _FUNCTIONS[found["function"] or ""](value)
        text = labels.get(found["label"], "")
        return quote_plus(text) if found["escaped"] else text

    chosen = _CHOICE.sub(lambda found: found["less" if value < float(found["limit"]) else "more"], text)
    return _TEMPLATE.sub(fill, chosen)


def _humanize(value: float) -> str:
    if value == 0 or not math.isfinite(value):
        return f"{value:.4g}"
    if abs(value) >= 1:
        return _scaled_down(value, 1000, _LARGE)
    return _scaled_up(value)


def _humanize1024(value: float) -> str:
    return f"{value:.4g}" if abs(value) <= 1 else _scaled_down(value, 1024, _BINARY)


def _humanize_percentage(value: float) -> str:
    return f"{100 * value:.4g}%"


def humanize_duration(value: float) -> str:
    """Seconds as Prometheus's `humanizeDuration` writes them."""
    if value == 0:
        return "0s"
    if abs(value) < 1:
        return f"{_scaled_up(value)}s"
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole = int(value)
    seconds, minutes, hours, days = whole % 60, whole // 60 % 60, whole // 3600 % 24, whole // 86400
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {seconds}s"
    if hours:
        return f"{sign}{hours}h {minutes}m {seconds}s"
    return f"{sign}{minutes}m {seconds}s" if minutes else f"{sign}{value:.4g}s"


def _scaled_down(value: float, base: int, prefixes: tuple[str, ...]) -> str:
    for prefix in prefixes:
        if abs(value) < base or prefix == prefixes[-1]:
            return f"{value:.4g}{prefix}"
        value /= base
    raise AssertionError("the last prefix ends the loop")


def _scaled_up(value: float) -> str:
    for prefix in _SMALL:
        if abs(value) >= 1 or prefix == _SMALL[-1]:
            return f"{value:.4g}{prefix}"
        value *= 1000
    raise AssertionError("the last prefix ends the loop")


_FUNCTIONS = {
    "": lambda value: f"{value:g}",
    'printf "%.4g"': lambda value: f"{value:.4g}",
    "humanize": _humanize,
    "humanize1024": _humanize1024,
    "humanizePercentage": _humanize_percentage,
    "humanizeDuration": humanize_duration,
}
