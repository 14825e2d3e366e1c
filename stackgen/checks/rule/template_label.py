"""Templates that name labels which the alert does not have."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.rule_files import Rule
from stackgen.checks.templates import texts
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/template-label",
    level=Level.ERROR,
    title="a template names a label that the expression does not keep",
    why="The text has a hole where the name of what is broken should be.",
    on=Rule,
)


def check(rule: Rule, context: Context) -> Iterator[Finding]:
    """`$labels.x` where no series of the expression has `x`; the rule's own labels come later and do not count."""
    if not rule.alert or rule.query is None or rule.query.parsed is None:
        return
    labels = context.labels(rule.query.parsed.root)
    for template in texts(rule):
        for name, start in template.labels:
            if not labels.can_have(name) and name not in ("alertname", "__name__"):
                known = sorted(labels.sure)
                cure = nearest(name, known) if known else "keep it: sum by (...)"
                yield template.finding(META, start, f"no series of the expression has the label {name!r}", cure)
