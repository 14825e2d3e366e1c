"""What `promtool check config` says."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.reference_tools import ReferenceTools, ask_tool
from stackgen.findings import Finding, Level, Place

META = Meta(
    id="tool/promtool-config",
    level=Level.ERROR,
    title="promtool refuses the configuration",
    why="Prometheus does not start with it, or goes on with the old one.",
    on=ReferenceTools,
)


def check(tools: ReferenceTools, _context: Context) -> Iterator[Finding]:
    """Problems of syntax; files that the configuration names are those of another machine."""
    for config in tools.prometheus_configs if tools.promtool else ():
        assert tools.promtool is not None
        code, said = ask_tool(tools.promtool, "check", "config", "--syntax-only", files=[config.source])
        if code == 0:
            continue
        problem = next((line.strip() for line in said.splitlines() if "FAILED" in line), said.strip())
        text = problem.split("FAILED:")[-1].strip() or "refused"
        yield META.finding(
            Place(config.source.file), "", f"promtool: {text}", "put it right; Prometheus reads it as promtool does"
        )
