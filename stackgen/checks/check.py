"""The interface of a check: what it is called, how bad it is, what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stackgen.findings import Edit, Finding, Level, Place

if TYPE_CHECKING:
    from stackgen.checks.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What is known of a check before it runs."""

    #: `<area>/<name>`: its module, its page (`docs/checks/<id>.md`) and what `ignore[...]` names.
    id: str
    level: Level
    #: What is wrong where it finds something, in a few words.
    title: str
    #: Why that matters, in a sentence.
    why: str
    #: The type of the subjects that it is given.
    on: type
    #: Whether `--fix` can put some of its findings right.
    fixable: bool = False

    @property
    def page(self) -> str:
        """Its page of documentation, relative to the repository."""
        return f"docs/checks/{self.id}.md"

    def finding(
        self,
        place: Place,
        path: str,
        problem: str,
        cure: str,
        *,
        level: Level | None = None,
        edits: Iterable[Edit | None] = (),
    ) -> Finding:
        """A finding of this check; edits of which one is None cannot be made, so there are none."""
        wanted = tuple(edits)
        certain = tuple(edit for edit in wanted if edit is not None)
        return Finding(
            place, path, problem, cure, self.id, level or self.level, certain if len(certain) == len(wanted) else ()
        )


@dataclass(frozen=True, slots=True)
class Check:
    """A check: what is known of it, and the pure function that looks at a subject."""

    meta: Meta
    find: Callable[[Any, Context], Iterable[Finding]]
