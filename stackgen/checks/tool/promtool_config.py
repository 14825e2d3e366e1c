"""What `promtool check config` says."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.reference_tools import ReferenceTools, ask_tool, refusals
from stackgen.findings import Finding, Level

META = Meta(
    id="tool/promtool-config",
    level=Level.ERROR,
    title="promtool refuses the configuration",
    why="Prometheus does not start with it, or goes on with the old one.",
    on=ReferenceTools,
)


def check(tools: ReferenceTools, _context: Context) -> Iterator[Finding]:
    """Problems of syntax; files that the configuration names are those of another machine."""
    if tools.promtool is None:
        return
    for config in tools.prometheus_configs:
        code, said = ask_tool(tools.promtool, "check", "config", "--syntax-only", files=[config.source])
        for place, text in refusals(said, config.source) if code else ():
            yield META.finding(place, "", f"promtool: {text}", "put it right; Prometheus reads it as promtool does")
