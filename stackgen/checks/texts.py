"""A text file that is checked, and how places in it are counted."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from stackgen.findings import Place


class SourceText:
    """The text of a file, by the name that the user knows it by."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    @cached_property
    def _line_starts(self) -> list[int]:
        lengths = (len(line) + 1 for line in self.text.split("\n"))
        return [0, *accumulate(lengths)][:-1]

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self._line_starts)

    def place(self, offset: int) -> Place:
        """The place of a character."""
        line = bisect_right(self._line_starts, offset)
        return Place(self.file, line, offset - self._line_starts[line - 1] + 1)

    def offset(self, place: Place) -> int:
        """The offset of a place; the end of the text where it has no such place."""
        if place.line > len(self._line_starts):
            return len(self.text)
        return min(self._line_starts[place.line - 1] + place.column - 1, len(self.text))

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its end."""
        start = self._line_starts[number - 1]
        end = self._line_starts[number] if number < len(self._line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")
