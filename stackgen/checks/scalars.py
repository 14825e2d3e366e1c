"""Where the characters of a string stand in the file that holds it: a YAML scalar or a JSON string.

A value and its source have the same characters but for escapes, indentation and folded lines. So the nth character
that is no white space in the one is the nth in the other, whatever the style.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Protocol

from stackgen.checks.texts import SourceText
from stackgen.findings import Edit, Place

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r?\n|.)"
)
_WHITE_ESCAPES = frozenset({r"\n", r"\t", r"\r", r"\ ", r"\N", r"\_", r"\L", r"\P", r"\f", r"\v"})


class Host(Protocol):
    """What a string stands in: it knows the place of each of its characters, and how to replace some."""

    def place(self, offset: int) -> Place:
        """The place of a character of the string."""

    def edit(self, start: int, end: int, text: str) -> Edit | None:
        """The edit of the file that replaces some characters; None where that is not certain."""


class _Aligned:
    """A string whose characters were found in its source."""

    def __init__(self, source: SourceText, start: int, value: str) -> None:
        self._source = source
        self._start = start
        self._value = value

    @cached_property
    def _offsets(self) -> list[int]:
        """For each character of the value its offset in the source; short where the two do not agree."""
        offsets: list[int] = []
        units = self._units()
        for character in self._value:
            if character.isspace():
                offsets.append(offsets[-1] + 1 if offsets else self._start)
                continue
            unit = next(units, None)
            if unit is None or (unit[1] is not None and unit[1] != character):
                return offsets
            offsets.append(unit[0])
        return offsets

    def _units(self) -> Iterator[tuple[int, str | None]]:
        """The source's characters but white space: offset, and the character (None: an escape)."""
        raise NotImplementedError

    def place(self, offset: int) -> Place:
        """The place of a character; the start of the string where that is not known."""
        known = self._offsets
        return self._source.place(known[offset] if offset < len(known) else self._start)

    def edit(self, start: int, end: int, text: str) -> Edit | None:
        """The edit of the source; None where the characters do not stand there as they are, side by side."""
        known = self._offsets
        if end > len(known) or start >= end:
            return None
        first, last = known[start], known[end - 1] + 1
        if self._source.text[first:last] != self._value[start:end] or any(c in text for c in "\"'\\\n#:"):
            return None
        return Edit(self._source.file, first, last, text)


class JsonString(_Aligned):
    """A string of a JSON file; `start` is the offset of its opening quote."""

    def _units(self) -> Iterator[tuple[int, str | None]]:
        return _double_quoted(self._source.text, self._start + 1)


class YamlScalar(_Aligned):
    """A scalar of a YAML file; `start` is the offset at which it begins, with its quote or its `|`."""

    def _units(self) -> Iterator[tuple[int, str | None]]:
        text = self._source.text
        match text[self._start : self._start + 1]:
            case '"':
                return _double_quoted(text, self._start + 1)
            case "'":
                return _single_quoted(text, self._start + 1)
            case "|" | ">":
                line_end = text.find("\n", self._start)
                return _as_it_stands(text, len(text) if line_end < 0 else line_end)
        return _as_it_stands(text, self._start)


def _as_it_stands(text: str, start: int) -> Iterator[tuple[int, str | None]]:
    for offset in range(start, len(text)):
        if not text[offset].isspace():
            yield offset, text[offset]


def _single_quoted(text: str, start: int) -> Iterator[tuple[int, str | None]]:
    offset = start
    while offset < len(text):
        if text[offset] == "'":
            if text[offset + 1 : offset + 2] != "'":
                return
            yield offset, "'"
            offset += 2
            continue
        if not text[offset].isspace():
            yield offset, text[offset]
        offset += 1


def _double_quoted(text: str, start: int) -> Iterator[tuple[int, str | None]]:
    offset = start
    while offset < len(text) and text[offset] != '"':
        if text[offset] == "\\" and (escape := _ESCAPE.match(text, offset)):
            character = _unescaped(escape[0])
            if character is None or not character.isspace():
                yield offset, character
            offset = escape.end()
            continue
        if not text[offset].isspace():
            yield offset, text[offset]
        offset += 1


def _unescaped(escape: str) -> str | None:
    """The character of an escape; white space for what is none (a folded line), None for one that is not looked up."""
    code = escape[1:]
    if code[0] in "xuU" and len(code) > 1:
        number = int(code[1:5], 16) if code[0] == "u" else int(code[1:], 16)
        # Two escapes of UTF-16 are one character.
        return None if 0xD800 <= number < 0xE000 else chr(number)
    if escape in _WHITE_ESCAPES or code.endswith("\n"):
        return " "
    return code if code in "\"\\/'" else None
