"""JSON text whose values know where they stand.

The text is read by the standard library, at its speed. Places are looked for when a finding needs one: the scanner of
the library passes over what is not on the way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NoReturn

from stackgen.checks.texts import SourceText
from stackgen.findings import Place, StackgenError

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t\r\n]*")


class JsonError(StackgenError):
    """Text that is not JSON; `offset` is where."""

    def __init__(self, problem: str, offset: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.offset = offset


def read_json(text: str) -> object:
    """The value of a JSON text; raises JsonError."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg[:1].lower() + error.msg[1:], error.pos) from None
    except RecursionError:
        raise JsonError("nested too deeply", 0) from None
    except ValueError as error:  # NaN and its like, or a number of thousands of digits
        raise JsonError(str(error).splitlines()[0], 0) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


class JsonPlaces:
    """Where the values of a JSON text stand, which is known to be right."""

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._decoder = json.JSONDecoder()
        #: Of each container that was looked into: where its values begin and end.
        self._inside: dict[Path, dict[str | int, tuple[int, int]]] = {}

    def span(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Where the value at a path begins and ends, or the innermost one on the way to it that exists."""
        start = self._skip(0)
        span = (start, len(self._source.text))
        at: Path = ()
        for step in path:
            inner = self._children(at, span[0]).get(step)
            if inner is None:
                break
            span, at = inner, (*at, step)
        return span

    def place(self, path: Sequence[str | int]) -> Place:
        """The place of a value."""
        return self._source.place(self.span(path)[0])

    def _skip(self, offset: int) -> int:
        found = _SPACE.match(self._source.text, offset)
        return found.end() if found else offset

    def _children(self, path: Path, start: int) -> dict[str | int, tuple[int, int]]:
        if path not in self._inside:
            opening = self._source.text[start : start + 1]
            self._inside[path] = (
                self._members(start) if opening == "{" else self._items(start) if opening == "[" else {}
            )
        return self._inside[path]

    def _members(self, start: int) -> dict[str | int, tuple[int, int]]:
        text = self._source.text
        found: dict[str | int, tuple[int, int]] = {}
        at = self._skip(start + 1)
        while text[at] == '"':
            key, at = self._decoder.raw_decode(text, at)
            at = self._skip(self._skip(at) + 1)  # past the colon
            _, end = self._decoder.raw_decode(text, at)
            found[key] = (at, end)
            at = self._skip(end)
            if text[at] != ",":
                break
            at = self._skip(at + 1)
        return found

    def _items(self, start: int) -> dict[str | int, tuple[int, int]]:
        text = self._source.text
        found: dict[str | int, tuple[int, int]] = {}
        at = self._skip(start + 1)
        while text[at] != "]":
            _, end = self._decoder.raw_decode(text, at)
            found[len(found)] = (at, end)
            at = self._skip(end)
            if text[at] == ",":
                at = self._skip(at + 1)
        return found
