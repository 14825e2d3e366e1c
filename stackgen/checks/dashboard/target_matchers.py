"""Selectors that do not follow the variables at the top."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Panel
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.macros import names
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/target-matchers",
    level=Level.WARNING,
    title="a selector does not match the variables job and instance",
    why="The panel goes on showing everything when somebody chooses one instance, and nobody sees that it does.",
    on=Panel,
)


def check(panel: Panel, context: Context) -> Iterator[Finding]:
    """Selectors without `job=~"$job"` or `instance=~"$instance"`, where there is such a variable and such a label."""
    wanted = [name for name in ("job", "instance") if panel.board.variable(name) is not None]
    for query in panel.queries:
        for selector in query.parsed.selectors if query.parsed else ():
            if selector.name in ("ALERTS", "ALERTS_FOR_STATE") or selector.templated:
                continue
            lacking = [
                name
                for name in wanted
                if not any(m.label == name and m.op == "=~" and name in names(m.value) for m in selector.matchers)
                and context.labels(selector).can_have(name)
                and not (context.recordings(selector) and name not in context.labels(selector).sure)
            ]
            if lacking:
                shown = ", ".join(f'{name}=~"${name}"' for name in lacking)
                problem = f"the selector of {selector.name or '{}'} does not match {' and '.join(lacking)}"
                yield query.finding(META, selector, problem, f"add {shown}")
