"""Pieces of PromQL as text: sums, aggregations, matchers and the bounds of buckets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stackgen.definition.model import Definition
from stackgen.definition.quoting import quoted


def scaled(expr: str, scale: float) -> str:
    """An expression in the metric's unit; where that is exact it is divided, so that people read a whole number."""
    if scale == 1:
        return expr
    divisor = float(f"{1 / scale:.12g}")
    return f"{expr} / {divisor:.0f}" if scale < 1 and divisor.is_integer() else f"{expr} * {scale:.12g}"


def added(parts: Iterable[str]) -> str:
    """Expressions added up, in parentheses where there are several."""
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"


def aggregation(operator: str, by: tuple[str, ...]) -> str:
    """An aggregation's operator, and the labels that it keeps."""
    return f"{operator} by ({', '.join(by)})" if by else operator


def matcher(label: str, values: tuple[str, ...], one: str, several: str) -> str:
    """A matcher of a label: by the operator `one` for a single value, by `several` for one of some."""
    if len(values) == 1:
        return f"{label}{one}{quoted(values[0])}"
    alternatives = "|".join(re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", value) for value in values)
    return f"{label}{several}{quoted(alternatives)}"


def bound_texts(definition: Definition, value: float) -> tuple[str, ...]:
    """How a bucket's bound may stand in the label `le`.

    Exporters written in Go expose a whole number without `.0`, which Prometheus 2 stores as it is and 3 does not.
    """
    text = bound_text(value)
    return (text,) if definition.events or not text.endswith(".0") else (text.removesuffix(".0"), text)


def bound_text(value: float) -> str:
    """A bucket's bound as it stands in the label `le`, written as prometheus_client's `floatToGoString` writes it.

    It is not asked, because importing it takes longer than writing all rules.
    """
    if value - value != 0:
        return "+Inf" if value > 0 else "-Inf" if value < 0 else "NaN"
    text = repr(float(value))
    point = text.find(".")
    if value > 0 and point > 6:  # Go writes an exponent sooner than Python
        digits = f"{text[0]}.{text[1:point]}{text[point + 1 :]}".rstrip("0.")
        return f"{digits}e+{point - 1:02d}"
    return text
