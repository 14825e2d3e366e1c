"""Labels that change with the value."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.rule_files import Rule
from stackgen.checks.templates import texts
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/value-label",
    level=Level.ERROR,
    title="a label of an alert holds the value",
    why="Labels tell alerts apart: with every value it is a new one, whose `for` begins anew, so that it never fires.",
    on=Rule,
)


def check(rule: Rule, _context: Context) -> Iterator[Finding]:
    """`$value`, `.Value` or the `value` of a query printed in a label; one that `if` looks at gives few labels."""
    for template in texts(rule) if rule.alert else ():
        if template.key.startswith("labels.") and template.values:
            name = template.key.removeprefix("labels.")
            problem = f"the label {name!r} holds the value, so that every value is a new alert"
            level = None if rule.waits else Level.WARNING
            cure = "show the value in an annotation"
            yield template.finding(META, template.values[0], problem, cure, level=level)
