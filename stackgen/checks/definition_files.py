"""Definitions as subjects: loaded, or with what kept them from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stackgen.checks.texts import SourceText
from stackgen.definition import load, packs
from stackgen.definition.model import Definition
from stackgen.definition.tree import read_text
from stackgen.findings import DefinitionError, Finding


@dataclass(frozen=True, slots=True, eq=False)
class DefinitionFile:
    """A definition by the name that it was asked for; `definition` is None where it cannot be used."""

    reference: str
    definition: Definition | None
    problems: tuple[Finding, ...] = ()
    #: Its text; None for a pack.
    source: SourceText | None = None


def read_definitions(references: Sequence[str]) -> list[DefinitionFile]:
    """Load definitions, each once."""
    files = []
    for reference in dict.fromkeys(references):
        try:
            files.append(DefinitionFile(reference, load(reference), source=_source(reference)))
        except DefinitionError as error:
            files.append(DefinitionFile(reference, None, error.findings))
    return files


def _source(reference: str) -> SourceText | None:
    """The text of a definition that was loaded."""
    if reference in packs():
        return None
    text, _ = read_text(Path(reference).read_bytes(), reference)
    return SourceText(Path(reference).as_posix(), text)
