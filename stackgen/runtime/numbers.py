"""How numbers are written in both exposition formats."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client.utils import floatToGoString

#: A bucket's bound as the value of `le`, written as prometheus_client writes it.
bound: Callable[[float], str] = floatToGoString


def number(value: float) -> str:
    """A number that a parser reads back as the same float: the shortest such text, `+Inf`, `-Inf` or `NaN`."""
    value = float(value)
    if value - value == 0:
        return repr(value)
    if value > 0:
        return "+Inf"
    return "-Inf" if value < 0 else "NaN"


def short(value: float) -> str:
    """The same, without a fraction where there is none."""
    if type(value) is int:
        return str(value)
    text = number(value)
    # "-0" would be read as the integer 0.
    return text if text == "-0.0" else text.removesuffix(".0")
