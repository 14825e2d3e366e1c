"""Definitions that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.definition_files import DefinitionFile
from stackgen.findings import Finding, Level

META = Meta(
    id="definition/invalid",
    level=Level.ERROR,
    title="the definition cannot be used",
    why="Nothing can be generated from it.",
    on=DefinitionFile,
)


def check(file: DefinitionFile, _context: Context) -> Iterator[Finding]:
    """All that `stackgen validate` says."""
    for each in file.problems:
        yield replace(each, id=META.id, level=META.level)
