"""Texts that name another threshold than the expression."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.shapes import conditions, measured, threshold
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
#: A number that a text says a value is above or below of.
_LIMIT = re.compile(
    r"(?:>=?|<=?|\b(?:above|below|over|under|than|exceeds?|exceeded|threshold of|reached))\s*"
    r"(\d+(?:\.\d+)?)(?:\s*(%|percent|ms|milliseconds|µs|us|microseconds|s|sec|seconds"
    # Longer times are how long something lasts, and no limits: more than 10 minutes, over 4w.
    r"|[KMGT]i?B|[kKMG]B|bytes|B)(?!\w))?(?!\w|\.\d|\s*(?:m|min|minutes?|h|hours?|d|days?|w|weeks?|times|of)\b)",
    re.IGNORECASE,
)
_SIZES = {"b": 1.0, "bytes": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}
_SIZES |= {"kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30, "tib": 2.0**40}
_SECONDS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "milliseconds": 1e-3}
_SECONDS |= {"µs": 1e-6, "us": 1e-6, "microseconds": 1e-6}


def check(rule: Rule, context: Context) -> Iterator[Finding]:
    """Limits in annotations that no comparison of the expression has, in whichever unit."""
    if not rule.alert or rule.query is None or rule.query.parsed is None:
        return
    root = rule.query.parsed.root
    limits: set[float] = set()
    for comparison in conditions(root):
        if (numbers := _limits(comparison)) is None:
            return  # compared with another signal, which no text has to agree with
        limits |= numbers
    if not limits:
        return
    unit = context.unit(measured(root))
    for template in texts(rule, annotations_only=True):
        for said in _LIMIT.finditer(template.plain):
            if not any(_agrees(float(said[1]), (said[2] or "").lower(), limit, unit) for limit in limits):
                problem = f"the text says {said[0].strip()!r}, the expression compares with {_shown(limits)}"
                yield template.finding(META, said.start(), problem, "make the two say the same")


def _limits(comparison: Binary) -> set[float] | None:
    """The numbers that a comparison is about; of `x > 1.5 * y` also how much more or less than `y` that is."""
    if (found := threshold(comparison)) is not None:
        return {found[2]}
    for side in (comparison.left, comparison.right):
        if isinstance(side, Binary) and side.op == "*":
            for factor in (constant(side.left), constant(side.right)):
                if factor is not None:
                    return {factor, abs(1 - factor)}
    return None


def _agrees(number: float, word: str, limit: float, unit: str | None) -> bool:
    """Whether a number with a unit in a text is a limit of the expression."""
    if word in ("%", "percent"):
        meant = [number / 100, number] if unit != "ratio" else [number / 100]
    elif word in _SECONDS:
        scale = TIMES.get(unit or "")
        meant = [number * _SECONDS[word] / s for s in ([scale] if scale else TIMES.values())]
    elif word in _SIZES:
        meant = [number * _SIZES[word], number * _SIZES[word] / 1e6, number * 1024 ** round(_power(word))]
    else:
        meant = [number, number / 100]
    return any(abs(each - limit) <= 0.005 * max(abs(each), abs(limit)) for each in meant)


def _power(word: str) -> float:
    """The power of 1024 that people mean by a decimal unit too."""
    return {"k": 1, "m": 2, "g": 3, "t": 4}.get(word[0], 0) if word not in ("b", "bytes") else 0


def _shown(limits: set[float]) -> str:
    return " and ".join(f"{each:g}" for each in sorted(limits))
