"""Dashboards of Grafana as subjects. Anything may stand anywhere in JSON: what has another type counts as absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from stackgen.checks.board_sources import PROMETHEUS, Kinds, is_logql
from stackgen.checks.check import Meta
from stackgen.checks.json_places import JsonPlaces, Path
from stackgen.checks.queries import Query, read_query
from stackgen.checks.query.macros import names
from stackgen.checks.scalars import JsonString
from stackgen.checks.texts import SourceText
from stackgen.findings import Edit, Finding, Level, Place

Object = Mapping[str, Any]

#: The uid of the datasource that is none: what Grafana computes from other targets.
EXPRESSION = "__expr__"

#: Types of panels that show no data of their own.
_WITHOUT_DATA = frozenset({"row", "text", "dashlist", "news", "alertlist", "annolist", "gettingstarted", "welcome"})


def object_of(value: object) -> Object:
    """A JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """A JSON array, or an empty one."""
    return value if isinstance(value, list) else []


def text_of(value: object) -> str:
    """A JSON string, or an empty one."""
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A template variable."""

    board: Board
    path: Path
    data: Object

    @property
    def name(self) -> str:
        """Its name, without `$`."""
        return text_of(self.data.get("name"))

    @property
    def type(self) -> str:
        """datasource, query, custom, constant, interval, textbox, adhoc, ..."""
        return text_of(self.data.get("type"))

    @property
    def query(self) -> str:
        """Its query as text, whichever way it is written."""
        query = self.data.get("query")
        return text_of(query) or text_of(object_of(query).get("query")) or text_of(self.data.get("definition"))


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One query of a panel."""

    panel: Panel
    path: Path
    data: Object
    query: Query | None

    @property
    def kind(self) -> str:
        """The kind of its datasource, or of its panel's where it has none; empty where the dashboard does not say."""
        return self.panel.board.kinds.of(self.data.get("datasource"), self.panel.data.get("datasource"))

    @property
    def is_expression(self) -> bool:
        """Whether Grafana computes it itself from other targets (`$A / $B`)."""
        return text_of(object_of(self.data.get("datasource")).get("uid")) == EXPRESSION

    @property
    def legend(self) -> str:
        """The legend's format."""
        return text_of(self.data.get("legendFormat"))


@dataclass(slots=True, eq=False)
class Panel:
    """A panel; rows are panels too, and hold others when they are collapsed."""

    board: Board
    path: Path
    data: Object
    targets: list[Target] = field(default_factory=list)

    @property
    def type(self) -> str:
        """timeseries, stat, table, row, ..."""
        return text_of(self.data.get("type"))

    @property
    def title(self) -> str:
        """Its title."""
        return text_of(self.data.get("title"))

    @property
    def is_reference(self) -> bool:
        """Whether it stands for a library panel, which has type, title and queries elsewhere."""
        return "libraryPanel" in self.data

    @property
    def shows_data(self) -> bool:
        """Whether it has to have queries."""
        return self.type not in _WITHOUT_DATA and not self.is_reference

    @property
    def shown(self) -> str:
        """How a message names it."""
        return f"panel {self.title!r}" if self.title else f"the panel of type {self.type or '?'} without a title"

    @property
    def defaults(self) -> Object:
        """The defaults of its fields: unit, thresholds, mappings."""
        return object_of(object_of(self.data.get("fieldConfig")).get("defaults"))

    @property
    def queries(self) -> Iterator[Query]:
        """Its expressions."""
        return (target.query for target in self.targets if target.query is not None)

    def finding(self, meta: Meta, problem: str, cure: str, *steps: str | int, level: Level | None = None) -> Finding:
        """A finding about it, or about a part of it."""
        return self.board.finding(meta, (*self.path, *steps), problem, cure, level=level)


@dataclass(eq=False)
class Board:
    """A dashboard. `prefix` is the path to it where the API's wrapper `{"dashboard": ...}` is around it."""

    source: SourceText
    prefix: Path
    data: Object
    panels: list[Panel] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    #: Expressions of annotations and variables.
    other_queries: list[Query] = field(default_factory=list)

    @cached_property
    def places(self) -> JsonPlaces:
        """Where its parts stand."""
        return JsonPlaces(self.source)

    @cached_property
    def kinds(self) -> Kinds:
        """The kinds of its datasources."""
        return Kinds(self.data)

    @property
    def uid(self) -> str:
        """Its uid."""
        return text_of(self.data.get("uid"))

    @property
    def title(self) -> str:
        """Its title."""
        return text_of(self.data.get("title"))

    @property
    def tags(self) -> Iterator[str]:
        """Its tags."""
        return (tag for tag in list_of(self.data.get("tags")) if isinstance(tag, str))

    @property
    def queries(self) -> Iterator[Query]:
        """All its expressions."""
        for panel in self.panels:
            yield from panel.queries
        yield from self.other_queries

    def variable(self, name: str) -> Variable | None:
        """The variable of a name."""
        return next((each for each in self.variables if each.name == name), None)

    def finding(
        self,
        meta: Meta,
        path: Path,
        problem: str,
        cure: str,
        *,
        level: Level | None = None,
        edits: tuple[Edit | None, ...] = (),
    ) -> Finding:
        """A finding about the value at a path."""
        return meta.finding(self.places.place(path), shown(path), problem, cure, level=level, edits=edits)

    def replacement(self, path: Path, text: str) -> Edit | None:
        """The edit that puts another JSON value at a path; None where there is none to replace."""
        parent: Any = self.data
        for step in path[len(self.prefix) :]:
            try:
                parent = parent[step]
            except (KeyError, IndexError, TypeError):
                return None
        start, end = self.places.span(path)
        return Edit(self.source.file, start, end, text)


def is_dashboard(value: object) -> bool:
    """Whether a JSON value is a dashboard, or the API's wrapper around one."""
    data = object_of(value)
    inner = object_of(data.get("dashboard"))
    return "panels" in data or "panels" in inner or ("templating" in data and "title" in data) or "rows" in data


def read_board(source: SourceText, value: object) -> Board:
    """The dashboard of a JSON value."""
    data = object_of(value)
    prefix: Path = ()
    if "panels" not in data and "rows" not in data and isinstance(data.get("dashboard"), dict):
        data, prefix = data["dashboard"], ("dashboard",)
    board = Board(source, prefix, data)
    _read_panels(board, list_of(data.get("panels")), (*prefix, "panels"))
    for index, row in enumerate(list_of(data.get("rows"))):  # the layout of Grafana before 5
        _read_panels(board, list_of(object_of(row).get("panels")), (*prefix, "rows", index, "panels"))
    for index, each in enumerate(list_of(object_of(data.get("templating")).get("list"))):
        board.variables.append(Variable(board, (*prefix, "templating", "list", index), object_of(each)))
    for index, each in enumerate(list_of(object_of(data.get("annotations")).get("list"))):
        path = (*prefix, "annotations", "list", index)
        if (query := _query(board, object_of(each), path, None)) is not None:
            board.other_queries.append(query)
    return board


def _read_panels(board: Board, values: list[Any], path: Path) -> None:
    waiting = [(value, (*path, index)) for index, value in enumerate(values)]
    while waiting:
        value, at = waiting.pop(0)
        data = object_of(value)
        panel = Panel(board, at, data)
        for index, target in enumerate(list_of(data.get("targets"))):
            target_path = (*at, "targets", index)
            query = _query(board, object_of(target), target_path, panel)
            panel.targets.append(Target(panel, target_path, object_of(target), query))
        board.panels.append(panel)
        waiting[:0] = [(inner, (*at, "panels", index)) for index, inner in enumerate(list_of(data.get("panels")))]


def _query(board: Board, data: Object, path: Path, panel: Panel | None) -> Query | None:
    """The expression of a target or an annotation; None where it has none, or one that is not for Prometheus."""
    text = text_of(data.get("expr"))
    kind = board.kinds.of(data.get("datasource"), panel.data.get("datasource") if panel else None)
    if not text.strip() or kind not in ("", PROMETHEUS):
        return None
    if not kind and (is_logql(text) or (panel is not None and panel.type == "logs")):
        return None
    at = (*path, "expr")
    return read_query(text, shown(at), _LazyString(board, at, text), macros=True, panel=panel)


class _LazyString:
    """A string of a dashboard; where it stands is looked up when somebody asks."""

    def __init__(self, board: Board, path: Path, value: str) -> None:
        self._board = board
        self._path = path
        self._value = value

    @cached_property
    def _string(self) -> JsonString:
        return JsonString(self._board.source, self._board.places.span(self._path)[0], self._value)

    def place(self, offset: int) -> Place:
        """As `Host.place`."""
        return self._string.place(offset)

    def edit(self, start: int, end: int, text: str) -> Edit | None:
        """As `Host.edit`."""
        return self._string.edit(start, end, text)


def used_variables(panel: Panel) -> Iterator[str]:
    """The variables that a panel's expressions use."""
    for query in panel.queries:
        yield from names(query.text)


def shown(path: Path) -> str:
    """A path as people read it: `panels[2].targets[0].expr`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
