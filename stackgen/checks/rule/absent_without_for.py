"""Alerts on absence that a restart sets off."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.rule_files import Rule
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/absent-without-for",
    level=Level.WARNING,
    title="absent() without `for`",
    why="Series are absent while a process restarts; without `for`, every deployment sets the alert off.",
    on=Rule,
)


def check(rule: Rule, _context: Context) -> Iterator[Finding]:
    """Alerts with `absent(...)` and no `for`; `absent_over_time` waits by itself."""
    if not rule.alert or rule.waits or rule.query is None or rule.query.parsed is None:
        return
    for call in rule.query.parsed.calls:
        if call.name == "absent":
            yield rule.query.finding(
                META, call, "absent() without `for`", "add for: 5m, or use absent_over_time(...[5m])"
            )
            return
