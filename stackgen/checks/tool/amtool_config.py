"""What `amtool check-config` says."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.reference_tools import ReferenceTools, ask_tool, refusals
from stackgen.findings import Finding, Level

META = Meta(
    id="tool/amtool-config",
    level=Level.ERROR,
    title="amtool refuses the configuration",
    why="Alertmanager does not start with it, or goes on with the old one.",
    on=ReferenceTools,
)


def check(tools: ReferenceTools, _context: Context) -> Iterator[Finding]:
    """What amtool says of each configuration; it names one problem at a time, but for keys that it does not know."""
    if tools.amtool is None:
        return
    for config in tools.alertmanagers:
        code, said = ask_tool(tools.amtool, "check-config", files=[config.source])
        for place, text in refusals(said, config.source) if code else ():
            yield META.finding(place, "", f"amtool: {text}", "put it right; Alertmanager reads it as amtool does")
