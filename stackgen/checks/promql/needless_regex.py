"""Regular expressions that match one text, or everything."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/needless-regex",
    level=Level.WARNING,
    title="a regular expression that is none",
    why="Prometheus finds equal values in its index; a regular expression it may have to try on every value.",
    on=Query,
    fixable=True,
)
_LITERAL = re.compile(r"[\w :/@%,=~<>&!#-]+")


def check(query: Query, _context: Context) -> Iterator[Finding]:
    """Matchers `=~` and `!~` whose value has nothing of a regular expression in it."""
    for selector in query.parsed.selectors if query.parsed else ():
        for matcher in selector.matchers:
            at = matcher.op_start or selector.start
            if not matcher.regex or matcher.templated:
                continue
            if _LITERAL.fullmatch(matcher.value):
                plain = "=" if matcher.op == "=~" else "!="
                edit = query.host.edit(at, at + 2, plain) if matcher.op_start else None
                problem = f"{matcher.label}{matcher.op} with the plain text {matcher.value!r}"
                yield query.finding(META, at, problem, f"write {matcher.label}{plain}", edits=[edit])
            elif matcher.value == ".*" and matcher.op == "=~":
                problem = f"{matcher.label}=~ with .*, which every series fulfils"
                yield query.finding(META, at, problem, "leave the matcher out; .+ asks for the label to be there")
