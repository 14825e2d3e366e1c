"""Templates that Prometheus cannot expand."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.rule_files import Rule
from stackgen.checks.templates import FUNCTIONS, VARIABLES, texts
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/template-syntax",
    level=Level.ERROR,
    title="a template that Prometheus cannot expand",
    why="Prometheus refuses the file, or sends `<error expanding template: ...>` instead of the text.",
    on=Rule,
)


def check(rule: Rule, _context: Context) -> Iterator[Finding]:
    """Braces that do not close, blocks that do not end, and functions and variables that there are not."""
    for template in texts(rule):
        for problem in template.problems:
            yield template.finding(META, problem.start, problem.text, problem.cure)
        for name, start in template.functions:
            if name not in FUNCTIONS:
                yield template.finding(
                    META, start, f"templates have no function {name!r}", nearest(name, sorted(FUNCTIONS))
                )
        known = VARIABLES | template.declared
        for name, start in template.variables:
            if name not in known:
                cure = nearest(name, sorted(known - {"$"}))
                yield template.finding(META, start, f"templates have no variable {name!r}", cure)
