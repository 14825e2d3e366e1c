"""Names of recorded series that do not say what they are."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.rule_files import Rule
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/record-name",
    level=Level.WARNING,
    title="a recorded series without a colon in its name",
    why="Colons tell recorded series from scraped ones: level:metric:operations says what it is an aggregate of.",
    on=Rule,
)


def check(rule: Rule, _context: Context) -> Iterator[Finding]:
    """Recordings whose name has no colon; `..._info` series, which carry labels only, may."""
    if rule.record and ":" not in rule.record and not rule.record.endswith("_info"):
        yield rule.finding(META, "record", f"{rule.record!r} has no colon", "name it level:metric:operations")
