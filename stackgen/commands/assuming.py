"""Which definitions a command is about, and a word to who runs it where nobody has said."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from stackgen.project import Project


def definitions_of(project: Project, named: Sequence[str] = ()) -> tuple[str, ...]:
    """Those that are named, else the project's; where they are only assumed, one line on stderr says so."""
    if named:
        return tuple(named)
    tell_what_is_assumed(project)
    return project.definitions


def tell_what_is_assumed(project: Project) -> None:
    """One line on stderr where nobody has said which the project's definitions are."""
    if project.assumed:
        sys.stderr.write(f"{project.assumed}\n")
