"""The folder of secrets: it is there, and git takes nothing of it, before the first secret is put there."""

from __future__ import annotations

from stackgen.definition.model import Definition
from stackgen.generators.document import heading


def gitignore(definition: Definition) -> str:
    """What keeps secrets out of git."""
    return heading(definition, "Secrets, one to a file, are never committed.") + "\n*\n!.gitignore\n"
