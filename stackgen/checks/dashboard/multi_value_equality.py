"""Equality with variables of several values."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Panel, Variable, text_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.macros import names
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/multi-value-equality",
    level=Level.ERROR,
    title="a variable of several values is compared with = or !=",
    why="Grafana puts `(a|b)` in for two values and a regular expression for All; no label has that value.",
    on=Panel,
    fixable=True,
)


def check(panel: Panel, _context: Context) -> Iterator[Finding]:
    """Matchers with `=` or `!=` and a variable that is multi or offers All.

    Those on `job` and `instance` with the variable of that name are told by dashboard/target-matchers. A variable that
    the panel or its row is repeated by has one value in each copy.
    """
    several = {each.name for each in panel.board.variables if _of_several(each)} - _repeated_by(panel)
    for query in panel.queries:
        for selector in query.parsed.selectors if query.parsed else ():
            for matcher in selector.matchers:
                used = sorted(several.intersection(names(matcher.value)))
                if (
                    matcher.regex
                    or not used
                    or (matcher.op == "=" and matcher.label in ("job", "instance") and matcher.label in used)
                ):
                    continue
                at = matcher.op_start or selector.start
                regex = "=~" if matcher.op == "=" else "!~"
                edit = query.host.edit(at, at + len(matcher.op), regex) if matcher.op_start else None
                problem = f"{matcher.label}{matcher.op} with ${used[0]}, which may have several values"
                yield query.finding(META, at, problem, f"write {matcher.label}{regex}", edits=[edit])


def _repeated_by(panel: Panel) -> set[str]:
    """The variables by which a panel, or the row that it stands in, is repeated."""
    index = next(number for number, each in enumerate(panel.board.panels) if each is panel)
    row = next((each for each in reversed(panel.board.panels[:index]) if each.type == "row"), panel)
    return {text_of(each.data.get("repeat")) for each in (panel, row)}


def _of_several(variable: Variable) -> bool:
    return variable.data.get("multi") is True or variable.data.get("includeAll") is True
