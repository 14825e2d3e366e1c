"""Grafana's variables in PromQL, replaced by something of the same length that parses.

Lengths stay, so what is found in the replaced text stands at the same place in the text that a person wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: `$name`, `${name}`, `${name:format}`, `[[name]]`, `[[name:format]]` (Grafana, "Variable syntax").
MACRO = re.compile(r"\$(\w+)|\$\{(\w+)(?:[.:][^}\n]*)?\}|\[\[(\w+)(?::[^\]\n]*)?\]\]")

#: Variables that Grafana defines by itself.
BUILT_IN = frozenset(
    {
        "__rate_interval", "__rate_interval_ms", "__interval", "__interval_ms", "__range", "__range_s", "__range_ms",
        "__from", "__to", "__dashboard", "__org", "__user", "__name", "timeFilter", "__timeFilter", "__all", "__auto",
    }
)  # fmt: skip

_BRACKETS = re.compile(r"\[((?:\[\[\w+(?::[^\]]*)?\]\]|[^\[\]])*)\]")
_OFFSET = re.compile(r"(\boffset\s+-?)(\$\w+|\$\{[^}]*\}|\[\[[^\]]*\]\])")
#: Where a variable is never a number: in strings, in lists of labels, and as a part of a word.
_NAMED = re.compile(
    r"""\#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`"""
    r"""|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)"""
    r"""|(?:(?:\$\{\w+\}|\[\[\w+\]\])?[a-zA-Z_:][\w:]*(?:\$\w+|\$\{[^}]*\}|\[\[[^\]]*\]\]))+"""
    r"""|(?:\$\{\w+\}|\[\[\w+\]\])[\w:]+|(?:\$\w+|\$\{[^}]*\}|\[\[[^\]]*\]\])(?=\s*[{\[])"""
)
_NOT_WORD = re.compile(r"\W")


def names(text: str) -> Iterator[str]:
    """The variables that a text uses."""
    for found in MACRO.finditer(text):
        yield found[1] or found[2] or found[3]


def has_macro(text: str) -> bool:
    """Whether a text uses a variable."""
    return ("$" in text or "[[" in text) and MACRO.search(text) is not None


def readings(text: str) -> Iterator[tuple[str, bool]]:
    """What the text may mean, most likely first, and whether all numbers in it were written there.

    Variables are read as numbers where they may be some, and else as words.
    """
    if not has_macro(text):
        yield text, True
        return
    timed = _OFFSET.sub(lambda found: found[1] + _duration(found[2]), _BRACKETS.sub(_range, text))
    named = _NAMED.sub(lambda found: MACRO.sub(lambda macro: _word(macro[0]), found[0]), timed)
    numbered, count = MACRO.subn(lambda found: "1." + "0" * (len(found[0]) - 2), named)
    yield numbered, count == 0
    yield MACRO.sub(lambda found: _word(found[0]), timed), True


def _word(macro: str) -> str:
    return _NOT_WORD.sub("_", macro)


def _duration(macro: str) -> str:
    return "5m".ljust(len(macro))


def _range(found: re.Match[str]) -> str:
    """A range in which each variable is a duration of the same length."""
    return MACRO.sub(lambda macro: _duration(macro[0]), found[0])
