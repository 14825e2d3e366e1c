"""What can be wrong with a definition or with what was generated, as one type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a text file; line and column count from 1, as editors do."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Level(StrEnum):
    """How bad a finding is: `error` does not work, `warning` works other than meant, `info` could be better."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement in a text file: what to put in the place of the characters from `start` to `end`."""

    file: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong: where (place and path in the document), what, and what to do about it."""

    place: Place
    path: str
    problem: str
    cure: str
    #: The check that found it, `promql/short-range`; a definition that cannot be loaded has none.
    id: str = ""
    level: Level = Level.ERROR
    #: Edits that put it right for certain; empty where a person has to decide.
    edits: tuple[Edit, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        where = f"{self.place}: {self.path}: " if self.path else f"{self.place}: "
        line = f"{where}{self.problem}; {self.cure}" if self.cure else f"{where}{self.problem}"
        # What the text quotes may hold line breaks and other control characters; a finding is one line.
        return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in line)


class StackgenError(Exception):
    """An error whose text tells the user, in one line, what is wrong and what to do."""


class DefinitionError(StackgenError):
    """A definition that cannot be used; `findings` holds every problem that was found, in the order of the text."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(set(findings)))
        super().__init__("\n".join(map(str, self.findings)))
