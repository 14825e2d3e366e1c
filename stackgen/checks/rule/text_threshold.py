"""Texts that name another threshold than the expression."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.shapes import conditions, threshold
from stackgen.checks.query.tree import Binary, constant
from stackgen.checks.query.units import TIMES
from stackgen.checks.rule_files import Rule
from stackgen.checks.templates import texts
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/text-threshold",
    level=Level.WARNING,
    title="the text names another threshold than the expression",
    why="Somebody changed one of the two; whoever reads the alert believes the text.",
    on=Rule,
)
#: A number that a text says a value is above or below of. Longer times are how long something lasts, and no limits:
#: more than 10 minutes, over 4w.
_LIMIT = re.compile(
    r"(?:>=?|<=?|\b(?:above|below|over|under|than|exceeds?|exceeded|threshold of|reached))\s*"
    r"(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)"
    r"(?:\s*(%|percent|ms|milliseconds|µs|us|microseconds|s|sec|seconds|[KMGT]i?B|[kKMG]B|bytes|B)(?!\w))?"
    r"(?:\s*(?:/|per )\s*(min|minute|h|hour|d|day)\b)?"
    r"(?!\w|,?\d|\.\d|\s*(?:%|(?:percent|m|min|minutes?|h|hours?|d|days?|w|weeks?|times)\b)|(?<=\d)\s*of\b)",
    re.IGNORECASE,
)
_SIZES = {"b": 1.0, "bytes": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}
_SIZES |= {"kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30, "tib": 2.0**40}
_SECONDS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "milliseconds": 1e-3}
_SECONDS |= {"µs": 1e-6, "us": 1e-6, "microseconds": 1e-6}


#: Seconds of the times that a text gives a rate in, which is one per second in the expression.
_RATES = {"min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0, "d": 86400.0, "day": 86400.0}

#: Units in which a value is compared with a share, and those that count bytes.
_SHARES = frozenset({"ratio", "seconds_per_second"})
_BYTES = frozenset({"bytes", "bytes_per_second"})


@dataclass(frozen=True, slots=True)
class _Limit:
    """A number of an expression, and the unit of what is compared with it, None where that is not known."""

    number: float
    unit: str | None


def check(rule: Rule, context: Context) -> Iterator[Finding]:
    """Limits in annotations that no comparison of the expression has, where the two can be compared for certain."""
    if not rule.alert or rule.query is None or rule.query.parsed is None:
        return
    limits: list[_Limit] = []
    for comparison in conditions(rule.query.parsed.root):
        if (numbers := _limits(comparison, context)) is None:
            return  # compared with another signal, which no text has to agree with
        limits += numbers
    limits = [each for each in limits if each.number]  # above 0 is at all: a text may say of what
    for template in texts(rule, annotations_only=True):
        for said in _LIMIT.finditer(template.plain):
            number = float(said[1].replace(",", ""))
            # Five per minute are a rate of 5/60, and an increase of 5 in a minute.
            said_numbers = {number, number / _RATES.get((said[3] or "").lower(), 1.0)}
            verdicts = {_agrees(each, (said[2] or "").lower(), limit) for limit in limits for each in said_numbers}
            if verdicts == {False}:
                shown = " and ".join(f"{each:g}" for each in sorted({each.number for each in limits}))
                problem = f"the text says {said[0].strip()!r}, the expression compares with {shown}"
                yield template.finding(META, said.start(), problem, "make the two say the same")


def _limits(comparison: Binary, context: Context) -> list[_Limit] | None:
    """The numbers that a comparison is about; of `x > 1.5 * y` also how much more or less than `y` that is."""
    if (found := threshold(comparison)) is not None:
        return [_Limit(found[2], context.unit(found[0]))]
    for side in (comparison.left, comparison.right):
        if isinstance(side, Binary) and side.op == "*":
            for factor in (constant(side.left), constant(side.right)):
                if factor is not None:
                    return [_Limit(factor, "ratio"), _Limit(abs(1 - factor), "ratio")]
    return None


def _agrees(number: float, word: str, limit: _Limit) -> bool | None:
    """Whether a number in a text is a limit of the expression; None where their units cannot be compared."""
    unit = limit.unit
    if word in ("%", "percent"):
        # 80 % used is 20 % free.
        if unit in _SHARES:
            meant = [number / 100, 1 - number / 100]
        elif unit == "percent":
            meant = [number, 100 - number]
        else:
            return None
    elif word in _SECONDS:
        if unit not in TIMES:
            return None
        meant = [number * _SECONDS[word] / TIMES[unit]]
    elif word in _SIZES:
        if unit not in _BYTES:
            return None
        meant = [number * _SIZES[word], number * 1024 ** round(_power(word))]
    else:
        meant = [number, number / 100]
    return any(abs(each - limit.number) <= 0.005 * max(abs(each), abs(limit.number)) for each in meant)


def _power(word: str) -> float:
    """The power of 1024 that people mean by a decimal unit too."""
    return {"k": 1, "m": 2, "g": 3, "t": 4}.get(word[0], 0) if word not in ("b", "bytes") else 0
