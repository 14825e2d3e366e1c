"""Values that are shown in a unit that they are not in."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.shapes import measured
from stackgen.checks.rule_files import Rule
from stackgen.checks.templates import texts
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/template-unit",
    level=Level.ERROR,
    title="the value is shown in a unit that it is not in",
    why="`100000` microseconds through humanizeDuration read 1d 3h 46m 40s; nobody believes the next alert.",
    on=Rule,
)
_WANTS = {
    "humanizeDuration": ("seconds", frozenset({"seconds"})),
    "humanizePercentage": ("a share from 0 to 1", frozenset({"ratio", "seconds_per_second"})),
    "humanize1024": ("bytes", frozenset({"bytes", "bytes_per_second", "count"})),
}


def check(rule: Rule, context: Context) -> Iterator[Finding]:
    """`$value` given to a function that wants another unit, where the unit is known."""
    if not rule.alert or rule.query is None or rule.query.parsed is None:
        return
    unit = context.unit(measured(rule.query.parsed.root))
    if unit is None:
        return
    for template in texts(rule):
        for function, start in template.value_functions:
            wanted, fitting = _WANTS.get(function, ("", frozenset({unit})))
            if unit not in fitting:
                problem = f"{function} wants {wanted}, and the value is in {unit.replace('_per_', ' per ')}"
                yield template.finding(META, start, problem, _cure(unit, function))


def _cure(unit: str, function: str) -> str:
    if function == "humanizeDuration" and unit in ("milliseconds", "microseconds", "nanoseconds"):
        return "compare and show seconds: divide in the expression"
    if function == "humanizePercentage" and unit == "percent":
        return "leave out the `* 100` and the function multiplies, or write {{ $value | humanize }}%"
    return "use the function for its unit, or humanize"
