"""Rules that are there twice."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.shapes import canonical
from stackgen.checks.rule_files import Rule
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/duplicate",
    level=Level.ERROR,
    title="the same rule twice",
    why="Of two recordings of one series each overwrites the other's samples; two equal alerts are one, said twice.",
    on=Context,
)


def check(_context: Context, context: Context) -> Iterator[Finding]:
    """Recordings of one name and one set of labels, and alerts that say the same under one name."""
    first: dict[tuple[object, ...], Rule] = {}
    for rule in context.rules:
        if not rule.name or rule.query is None or rule.query.parsed is None:
            continue
        labels = tuple(sorted(rule.labels.items()))
        key = (
            ("alert", rule.alert, labels, canonical(rule.query.parsed.root))
            if rule.alert
            else ("record", rule.record, labels)
        )
        before = first.setdefault(key, rule)
        if before is rule:
            continue
        if rule.record and not _clashes(rule, before):
            continue
        what = f"the {'alert' if rule.alert else 'recording'} {rule.name!r}"
        problem = f"{what} is at {before.file.source.file}:{before.line} already, with the same labels"
        cure = "keep one of them" if rule.alert else "keep one of them, or tell them apart by a label"
        yield rule.finding(META, "alert" if rule.alert else "record", problem, cure)


def _clashes(rule: Rule, other: Rule) -> bool:
    """Whether two recordings of one name can write the same series: not if a matcher tells their inputs apart."""
    return not (_fixed(rule) and _fixed(other) and _fixed(rule) != _fixed(other))


def _fixed(rule: Rule) -> frozenset[tuple[str, str]]:
    """Label values that all of a rule's selectors ask for."""
    selectors = rule.query.parsed.selectors if rule.query and rule.query.parsed else ()
    sets = [frozenset((m.label, m.value) for m in each.matchers if m.op == "=") for each in selectors]
    return frozenset.intersection(*sets) if sets else frozenset()
