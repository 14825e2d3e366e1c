"""Values of a label that match a regular expression, for tests of what it picks out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from stackgen.definition.model import Signal
from stackgen.definition.model.signals import matches
from stackgen.definition.selectors import selectors_of

#: Characters that are tried where several may stand, the plainest first.
_PROBES = "12a0bAxyz-_/.: "
#: So many values are made of a pattern, and looked at.
_TRIED = 200
#: Longer values say no more.
_LONGEST = 200

_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\[dDwWsS]", re.DOTALL)
_REPEATED = re.compile(r"(?:([*+?])|\{(\d+)(?:,\d*)?\})\??")
_OPENING = re.compile(r"\((?:\?(?:P<\w+>|[a-zA-Z-]*:))?")
_FLAGS = re.compile(r"\(\?[a-zA-Z-]+\)")
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}


def examples(pattern: str) -> Iterator[str]:
    """Some values that match a pattern as a whole, each once; none where none is found."""
    made = itertools.islice(_Reader(pattern).alternatives(), _TRIED)
    return (value for value in dict.fromkeys(made) if matches(pattern, value))


def group_values(signals: Iterable[Signal], label: str) -> list[str]:
    """Values of an open label that all selectors of some signals keep, the most natural one first."""
    selectors = [each for signal in signals for each in selectors_of(signal.expression) if label in each.picked]
    spoken = [value for each in selectors for value in examples(each.where_matches.get(label, "(?:)"))]
    spoken += [value for each in selectors for value in each.where.get(label, ())]
    values = dict.fromkeys((f"{label}-1", f"{label}-2", *filter(None, spoken)))
    return [value for value in values if all(each.keeps(label, value) for each in selectors)]


class _Reader:
    """Reads a pattern from left to right, and makes texts of its parts that ought to match them."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def alternatives(self) -> list[str]:
        """Texts for what stands up to the end, or the parenthesis that ends it: some of each side of a `|`."""
        sides = [self._sequence()]
        while self._take("|"):
            sides.append(self._sequence())
        return [text for row in itertools.zip_longest(*sides) for text in row if text is not None]

    def _sequence(self) -> list[str]:
        made = [""]
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            parts = self._repeated(self._one())
            made = [head + part for part in parts for head in made if len(head + part) <= _LONGEST][:_TRIED]
        return made

    def _repeated(self, parts: Sequence[str]) -> Sequence[str]:
        found = _REPEATED.match(self._pattern, self._at)
        if found is None:
            return parts
        self._at = found.end()
        if found[2] is not None:
            return [part * min(int(found[2]), _LONGEST) for part in parts]
        return parts if found[1] == "+" else [*parts, ""]

    def _one(self) -> Sequence[str]:
        """Texts for one character, class or group."""
        if found := _FLAGS.match(self._pattern, self._at):
            self._at = found.end()
            return [""]
        if found := _OPENING.match(self._pattern, self._at):
            self._at = found.end()
            inner = self.alternatives()
            self._take(")")
            return inner
        if found := _CLASS.match(self._pattern, self._at):
            self._at = found.end()
            ordinary = (chr(code) for code in range(33, 127))
            return [each for each in dict.fromkeys((*_PROBES, *ordinary)) if matches(found[0], each)][:3]
        character = self._pattern[self._at]
        self._at += 1
        if character == ".":
            return _PROBES[:3]
        if character in "^$":
            return [""]
        if character == "\\":
            escaped = self._pattern[self._at : self._at + 1]
            self._at += 1
            return [""] if escaped in "AbB" else [_CONTROL.get(escaped, escaped)]
        return [character]

    def _take(self, mark: str) -> bool:
        found = self._pattern.startswith(mark, self._at)
        self._at += found
        return found
