"""Regular expressions with anchors that are there anyway."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.tree import Matcher
from stackgen.findings import Edit, Finding, Level

META = Meta(
    id="promql/anchored-regex",
    level=Level.WARNING,
    title="a regular expression with ^ or $ around it",
    why="Prometheus anchors every regular expression at both ends; who writes anchors may think that others have none.",
    on=Query,
    fixable=True,
)


def check(query: Query, _context: Context) -> Iterator[Finding]:
    """Values that begin with `^` or end in `$`."""
    for selector in query.parsed.selectors if query.parsed else ():
        for matcher in selector.matchers:
            begins = matcher.value.startswith("^")
            ends = matcher.value.endswith("$") and not matcher.value.endswith("\\$")
            if matcher.regex and (begins or ends) and "|" not in matcher.value.replace("\\|", ""):
                at = matcher.value_start or selector.start
                problem = f"{matcher.label}{matcher.op} with the anchors of {matcher.value!r}, which are there anyway"
                edits = _edits(query, matcher, begins=begins, ends=ends)
                yield query.finding(META, at, problem, "leave ^ and $ out", edits=edits)


def _edits(query: Query, matcher: Matcher, *, begins: bool, ends: bool) -> list[Edit | None]:
    if not matcher.value_start:
        return [None]
    edits = []
    if begins:
        edits.append(query.host.edit(matcher.value_start + 1, matcher.value_start + 2, ""))
    if ends:
        edits.append(query.host.edit(matcher.end - 2, matcher.end - 1, ""))
    return edits
