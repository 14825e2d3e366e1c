"""What `amtool check-config` says."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.reference_tools import ReferenceTools, ask_tool
from stackgen.findings import Finding, Level, Place

META = Meta(
    id="tool/amtool-config",
    level=Level.ERROR,
    title="amtool refuses the configuration",
    why="Alertmanager does not start with it, or goes on with the old one.",
    on=ReferenceTools,
)


def check(tools: ReferenceTools, _context: Context) -> Iterator[Finding]:
    """Each configuration's problem; amtool names one at a time."""
    for config in tools.alertmanagers if tools.amtool else ():
        assert tools.amtool is not None
        code, said = ask_tool(tools.amtool, "check-config", files=[config.source])
        if code == 0:
            continue
        problem = next((line for line in said.splitlines() if "FAILED" in line), said.strip())
        text = problem.split("FAILED:")[-1].strip() or "refused"
        place = Place(config.source.file)
        yield META.finding(place, "", f"amtool: {text}", "put it right; Alertmanager reads it as amtool does")
