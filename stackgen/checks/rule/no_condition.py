"""Alerts that fire always."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.tree import SET_OPERATORS, Aggregation, Binary, Call, Negation, Node, Selector
from stackgen.checks.rule_files import Rule
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/no-condition",
    level=Level.ERROR,
    title="an alert without a condition",
    why="An alert fires for every series that its expression has, whatever the value; without a condition, for all.",
    on=Rule,
)


def check(rule: Rule, _context: Context) -> Iterator[Finding]:
    """Alerts without a comparison, `absent` or `unless`; those on a constant (`vector(1)`) are meant to fire always."""
    parsed = rule.query.parsed if rule.query else None
    if not rule.alert or parsed is None or rule.query is None or not parsed.selectors or _conditional(parsed.root):
        return
    always = any(isinstance(each, Binary) and each.bool_ for each in parsed.root.walk())
    problem = "`bool` gives 0 or 1 and never nothing, so the alert always fires" if always else "has no condition"
    cure = "leave `bool` out" if always else "compare it with a number: `> 0`"
    yield rule.query.finding(META, 0, problem, cure)


def _conditional(node: Node) -> bool:
    """Whether an expression has series at some times only."""
    match node:
        case Binary(op=op, left=left, right=right) if op in SET_OPERATORS:
            return op == "unless" or _conditional(left) or (op == "and" and _conditional(right))
        case Binary(left=left, right=right):
            return (node.compares and not node.bool_) or _conditional(left) or _conditional(right)
        case Call(name="absent" | "absent_over_time" | "present_over_time"):
            return True
        case Call(arguments=arguments):
            return any(_conditional(each) for each in arguments)
        case Aggregation(of=of) | Negation(of=of):
            return _conditional(of)
        case Selector(name="ALERTS" | "ALERTS_FOR_STATE"):
            return True  # these are there only while an alert is
    return False
