"""Regular expressions in selectors: RE2's, as Prometheus reads them, kept to what Python reads in the same way.

Prometheus matches them in queries, generated exporters and tests with Python's `re`; each must say the same.
"""

from __future__ import annotations

import re

import promql_parser

from stackgen.definition.quoting import quoted

#: Escapes and classes are passed over whole, so that what stands in them is not taken for more.
_PARTS = re.compile(
    r"(?P<back>\\[1-9])|(?P<end>\\[ZzuUNpPQCx])|\\.|(?P<posix>\[\^?\[:)|\[\^?\]?(?:\\.|[^\]\\])*\]"
    r"|(?P<look>\(\?<?[=!])|(?P<named>\(\?P=)|(?P<group>\(\?(?![ims-]*[:)]|P<))|(?P<twice>[*+?}]\+)"
    r"|(?P<bare>\{,)|(?P<many>\{(?:\d+,)?\d{4,})",
    re.DOTALL,
)
_REFUSED = {
    "back": ("a backreference, which RE2 does not have", "write out what it repeats"),
    "named": ("a backreference, which RE2 does not have", "write out what it repeats"),
    "look": ("a look-around, which RE2 does not have", "leave values out with `where_not_matches`"),
    "end": (
        "an escape that RE2 and Python do not read in the same way",
        "the whole value is matched; write characters",
    ),
    "posix": ("a class that Python does not know", "write one such as [a-z0-9]"),
    "group": ("a group that RE2 does not have", "write (?:...)"),
    "twice": ("a possessive quantifier, which RE2 does not have", "write one quantifier"),
    "bare": ("a repetition without a lower bound, which RE2 does not have", "write {0,n}"),
    "many": ("a repetition of a thousand or more, which RE2 does not have", "use * or +"),
}
_EXAMPLE = "write one of RE2, such as tmpfs|fuse.*"

#: What hardly any value of a label has in it, and many a regular expression.
_ANYTHING = re.compile(r"(?<!\\)\.[*+]")


def mistake_in(pattern: str) -> tuple[str, str] | None:
    """What is wrong with a regular expression, and the cure; None where nothing is."""
    for part in _PARTS.finditer(pattern):
        if part.lastgroup is not None:
            what, cure = _REFUSED[part.lastgroup]
            return f"{pattern!r} has {part[0]!r}, {what}", cure
    try:
        re.compile(pattern, re.ASCII)
    except re.error as error:
        return f"{pattern!r} is no regular expression: {error.msg}", _EXAMPLE
    try:
        promql_parser.parse(f"metric{{label=~{quoted(pattern)}}}")
    except ValueError:
        return f"{pattern!r} is no regular expression of RE2", _EXAMPLE
    return None


def looks_like_pattern(value: str) -> bool:
    """Whether a value was surely meant as a regular expression.

    A bar alone does not tell: Redis says `config|get`.
    """
    return _ANYTHING.search(value) is not None
