"""Definitions as subjects: loaded, or with what kept them from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stackgen.definition import load
from stackgen.definition.model import Definition
from stackgen.findings import DefinitionError, Finding


@dataclass(frozen=True, slots=True, eq=False)
class DefinitionFile:
    """A definition by the name that it was asked for; `definition` is None where it cannot be used."""

    reference: str
    definition: Definition | None
    problems: tuple[Finding, ...] = ()


def read_definitions(references: Sequence[str]) -> list[DefinitionFile]:
    """Load definitions, each once."""
    files = []
    for reference in dict.fromkeys(references):
        try:
            files.append(DefinitionFile(reference, load(reference)))
        except DefinitionError as error:
            files.append(DefinitionFile(reference, None, error.findings))
    return files
