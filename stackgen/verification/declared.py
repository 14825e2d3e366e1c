"""Definitions with the places of their parts, for findings that point at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stackgen.checks.known.from_definitions import with_includes
from stackgen.definition import load
from stackgen.definition.model import Definition
from stackgen.definition.sources import locate, read
from stackgen.definition.tree import Node, Path
from stackgen.findings import Place


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """A definition and its text as a tree; included ones have none, and findings point at their files."""

    definition: Definition
    tree: Node | None

    def place(self, *path: str) -> Place:
        """Where the key of a part stands."""
        if self.tree is None:
            return Place(self.definition.source)
        step: Path = path
        return self.tree.place_of_key(step)


def declared(references: Sequence[str]) -> list[Declared]:
    """The definitions, and those that they include, each once; raises DefinitionError for those with mistakes."""
    roots = {reference: load(reference) for reference in dict.fromkeys(references)}
    found = [Declared(each, read(locate(name, Place(name))).tree) for name, each in roots.items()]
    known = {(each.definition.name, each.definition.source) for each in found}
    for each in with_includes(list(roots.values())):
        if (each.name, each.source) not in known:
            known.add((each.name, each.source))
            found.append(Declared(each, None))
    return found
