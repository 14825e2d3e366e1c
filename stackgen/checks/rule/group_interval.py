"""Groups that are evaluated too seldom."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.rule_files import RuleFile
from stackgen.definition.quantities import prometheus_duration
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/group-interval",
    level=Level.WARNING,
    title="a group is evaluated less often than every five minutes",
    why="Prometheus forgets a sample after five minutes, so what the group records has gaps and its alerts flap.",
    on=RuleFile,
)
_LOOKBACK = 300.0


def check(file: RuleFile, _context: Context) -> Iterator[Finding]:
    """Groups whose interval is longer than Prometheus looks back."""
    for group in file.groups:
        if group.interval is not None and group.interval > _LOOKBACK:
            place = group.node.keys.get("interval", group.node.place)
            problem = f"the group is evaluated every {prometheus_duration(group.interval)}, and samples last 5m"
            yield META.finding(place, f"{group.path}.interval", problem, "write 5m or less")
