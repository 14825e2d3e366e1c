"""Alerts that do not say what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.rule_files import Rule
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/annotations-missing",
    level=Level.WARNING,
    title="an alert without a summary or a description",
    why="They are all that the person sees who is woken up by it.",
    on=Rule,
)


def check(rule: Rule, _context: Context) -> Iterator[Finding]:
    """Alerts that lack one of the two; `message` was what the description was called before."""
    if not rule.alert:
        return
    has_description = any(rule.annotations.get(name, "").strip() for name in ("description", "message"))
    lacking = [] if rule.annotations.get("summary", "").strip() else ["summary"]
    lacking += [] if has_description else ["description"]
    if lacking:
        cure = "say in the summary what is wrong where, in the description what it means"
        yield rule.finding(META, "annotations", f"the alert has no {' and no '.join(lacking)}", cure)
