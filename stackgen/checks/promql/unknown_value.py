"""Label values that a closed set does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.queries import Query
from stackgen.checks.query.tree import Matcher
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="promql/unknown-value",
    level=Level.ERROR,
    title="the label never has that value",
    why="The selector matches nothing, so the alert never fires and the panel stays empty.",
    on=Query,
)
_PLAIN = re.compile(r"[\w|-]+")


def check(query: Query, context: Context) -> Iterator[Finding]:
    """Matchers whose value, or one of whose alternatives, is not in the definition's closed set."""
    for selector in query.parsed.selectors if query.parsed else ():
        known = context.knowledge.find(selector.name) if selector.name else None
        for matcher in selector.matchers if known else ():
            values = known.values.get(matcher.label) if known else None
            for wrong in _wrong(matcher, values) if values else ():
                problem = f"{matcher.label!r} of {selector.name!r} is never {wrong!r}"
                yield query.finding(
                    META, matcher.start or selector.start, problem, nearest(wrong, sorted(values or ()))
                )


def _wrong(matcher: Matcher, values: frozenset[str]) -> Iterator[str]:
    """The values that a matcher names and that are none."""
    if not matcher.value or matcher.templated:
        return
    if not matcher.regex:
        if matcher.value not in values:
            yield matcher.value
    elif _PLAIN.fullmatch(matcher.value):
        yield from (each for each in matcher.value.split("|") if each and each not in values)
    elif not any(_matches(matcher.value, each) for each in values):
        yield matcher.value


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except (re.error, OverflowError):
        return True  # RE2 knows constructs that Python does not; the parser has accepted it
