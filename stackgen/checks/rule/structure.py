"""Rule files that have not the shape that Prometheus reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.rule_files import Rule, RuleFile
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/structure",
    level=Level.ERROR,
    title="the file is no rule file that Prometheus reads",
    why="One wrong key and Prometheus refuses the whole file; it keeps running with the old rules, or does not start.",
    on=RuleFile,
)
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def check(file: RuleFile, _context: Context) -> Iterator[Finding]:
    """Wrong keys and types, names that are none, groups without a name or with one that is taken."""
    for each in file.misshapes:
        yield META.finding(each.place, each.path, each.problem, each.cure)
    for rule in file.rules:
        yield from _names(rule)


def _names(rule: Rule) -> Iterator[Finding]:
    if rule.record and not _METRIC.fullmatch(rule.record):
        yield rule.finding(META, "record", f"{rule.record!r} is no name of a metric", "use letters, digits, _ and :")
    for label in rule.labels:
        if not _LABEL.fullmatch(label) or label.startswith("__") or (rule.record and label == "__name__"):
            yield rule.finding(META, f"labels.{label}", f"{label!r} is no name of a label", "use letters, digits and _")
    for name in rule.annotations:
        if not _LABEL.fullmatch(name):
            yield rule.finding(META, f"annotations.{name}", f"{name!r} is no name", "use letters, digits and _")
