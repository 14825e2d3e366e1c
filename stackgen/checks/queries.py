"""An expression as a subject: what it says, where, and in which rule or panel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackgen.checks.check import Meta
from stackgen.checks.query.parse import Parsed, QueryError, parse
from stackgen.checks.query.tree import Node
from stackgen.checks.scalars import Host
from stackgen.findings import Edit, Finding, Level

if TYPE_CHECKING:
    from stackgen.checks.boards import Panel
    from stackgen.checks.rule_files import Rule


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Query:
    """An expression; `parsed` is None, and `error` says why, where it does not parse."""

    text: str
    path: str
    host: Host
    parsed: Parsed | None
    error: QueryError | None = None
    rule: Rule | None = None
    panel: Panel | None = None

    @property
    def in_dashboard(self) -> bool:
        """Whether Grafana runs it."""
        return self.rule is None

    def finding(
        self,
        meta: Meta,
        at: Node | int,
        problem: str,
        cure: str,
        *,
        level: Level | None = None,
        edits: Iterable[Edit | None] = (),
    ) -> Finding:
        """A finding about a node or about the character at an offset."""
        offset = at.start if isinstance(at, Node) else at
        return meta.finding(self.host.place(offset), self.path, problem, cure, level=level, edits=edits)


def read_query(
    text: str, path: str, host: Host, *, macros: bool, rule: Rule | None = None, panel: Panel | None = None
) -> Query:
    """The query of a text; `macros` allows Grafana's variables in it."""
    try:
        return Query(text=text, path=path, host=host, parsed=parse(text, macros=macros), rule=rule, panel=panel)
    except QueryError as error:
        return Query(text=text, path=path, host=host, parsed=None, error=error, rule=rule, panel=panel)
