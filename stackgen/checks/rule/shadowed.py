"""Alerts that never say anything that another one has not said."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.shapes import canonical, threshold
from stackgen.checks.query.tree import Binary
from stackgen.checks.rule_files import Rule
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/shadowed",
    level=Level.WARNING,
    title="an alert that another one covers",
    why="It fires only when the other one, with the same labels, fires too; it is noise, or its severity is missing.",
    on=Context,
)


def check(_context: Context, context: Context) -> Iterator[Finding]:
    """Alerts with equal labels on one expression, of which one has the stricter number and no shorter `for`."""
    groups: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[tuple[Rule, float]]] = {}
    for rule in context.rules:
        root = rule.query.parsed.root if rule.alert and rule.query and rule.query.parsed else None
        found = threshold(root) if isinstance(root, Binary) and root.compares and not root.bool_ else None
        if found is not None:
            side, op, limit = found
            labels = tuple(sorted(rule.labels.items()))
            groups.setdefault((canonical(side), op, labels), []).append((rule, limit))
    for (_, sign, _), members in groups.items():
        for rule, limit in members:
            covering = next((o for o, other in members if _covers(sign, other, limit) and _sooner(o, rule)), None)
            if covering is not None:
                where = f"{covering.file.source.file}:{covering.line}"
                problem = f"fires only when {covering.alert!r} ({where}) fires, which has the same labels"
                yield rule.finding(META, "alert", problem, "give it another severity, or remove it")


def _covers(op: str, wide: float, narrow: float) -> bool:
    if op in (">", ">="):
        return wide < narrow
    return wide > narrow if op in ("<", "<=") else False


def _sooner(one: Rule, other: Rule) -> bool:
    return (one.for_ or 0.0) <= (other.for_ or 0.0)
