"""YAML text as a tree of values that know where they stand.

PyYAML's parser gives events; the tree is built from those and not by a PyYAML loader, because a definition needs what
loaders throw away (the place of each key and value) and must not have what they do: Python objects, silent duplicate
keys, unbounded aliases, recursion as deep as the text likes. Scalars follow YAML 1.2's core schema, so `no` and `on`
stay words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import yaml

from stackgen.findings import Finding, Place

Scalar = str | int | float | bool | None
Path = tuple[str | int, ...]

#: Largest text that is read. The definition of a very large system (1,000 metrics) is a tenth of this.
MAX_BYTES = 4_000_000
#: Largest number of values after aliases are expanded.
MAX_VALUES = 500_000
#: Deepest nesting; the language itself needs eight levels.
MAX_DEPTH = 60
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
#: What libyaml says where it reads ahead and comes to a limit of its own first: 1,000 levels in some builds.
_LIBYAML_TOO_DEEP = "exceeded maximum nesting depth"

_CORE_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "seq", "map")}
_STR_TAG = "tag:yaml.org,2002:str"
#: Styles of scalars that are text whatever they look like: quoted, literal, folded.
_QUOTED = ("'", '"', "|", ">")
_INT = re.compile(r"[-+]?[0-9]{1,100}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,100}|[0-9]{1,100}(\.[0-9]{0,100})?)([eE][-+]?[0-9]{1,5})?")
_WORDS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(slots=True)
class Node:
    """A value and where it stands; of a mapping also where each of its keys stands."""

    value: Scalar | list[Node] | dict[str, Node]
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)
    #: Number of values in it, aliases expanded.
    size: int = 1

    def child(self, step: str | int) -> Node | None:
        """The value under a key or index, if there is one."""
        if isinstance(self.value, dict):
            return self.value.get(str(step))
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None

    def at(self, path: Path) -> Node:
        """The value at a path, or the innermost one on the way to it that exists."""
        node = self
        for step in path:
            inner = node.child(step)
            if inner is None:
                return node
            node = inner
        return node

    def place_of_key(self, path: Path) -> Place:
        """Where the last key of a path stands; for an index, where its value stands."""
        parent = self.at(path[:-1])
        return parent.keys.get(str(path[-1])) or self.at(path).place

    def plain(self) -> object:
        """The same as plain dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been read yet."""

    node: Node
    anchor: str | None
    key: str | None = None
    key_place: Place | None = None
    merges: list[Node] = field(default_factory=list)
    #: False while the value of a key that was refused is being read.
    wanted: bool = True


class _UnreadableError(Exception):
    """Reading cannot go on past this finding."""

    def __init__(self, place: Place, problem: str, cure: str) -> None:
        super().__init__(problem)
        self.finding = Finding(place, "", problem, cure)


def read_text(data: bytes, file: str) -> tuple[str, list[Finding]]:
    """The text of a definition; findings, if any, say why it is no text."""
    if len(data) > MAX_BYTES:
        problem = f"the file holds {len(data):,} bytes; a definition may have {MAX_BYTES:,}"
        return "", [Finding(Place(file), "", problem, "split it with `includes`, or name the right file")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_at(data[: error.start].decode("utf-8", "replace"), file)
        problem = f"byte 0x{data[error.start]:02x} is not UTF-8"
        return "", [Finding(place, "", problem, "save the file as UTF-8")]
    if (nul := text.find("\0")) >= 0:
        return "", [Finding(_place_at(text[:nul], file), "", "a NUL byte", "remove it; a definition is plain text")]
    return text, []


def _place_at(before: str, file: str) -> Place:
    """The place that follows a text."""
    line_start = before.rfind("\n") + 1
    return Place(file, before.count("\n") + 1, len(before) - line_start + 1)


def parse(text: str, file: str) -> tuple[Node | None, list[Finding]]:
    """The tree of a YAML text, or None, and everything that is wrong with the text as YAML."""
    roots, findings = _built(text, _Builder(file, several=False))
    if roots:
        return roots[0], findings
    empty = Finding(Place(file), "", "the file is empty", "start with `stackgen: 1`, or run `stackgen init`")
    return None, findings or [empty]


def parse_all(text: str, file: str) -> tuple[list[Node], list[Finding]]:
    """The trees of the documents of a YAML text, up to one that is no YAML, and everything that is wrong with it."""
    builder = _Builder(file, several=True)
    _, findings = _built(text, builder)
    return builder.roots, findings


def _built(text: str, builder: _Builder) -> tuple[list[Node], list[Finding]]:
    try:
        for event in yaml.parse(text, Loader=_loader()):
            builder.take(event)
    except _UnreadableError as stop:
        return [], [*builder.findings, stop.finding]
    except yaml.YAMLError as error:
        return [], [*builder.findings, _syntax_finding(error, text, builder.file)]
    return builder.roots, builder.findings


def _loader() -> type[yaml.SafeLoader]:
    """The parser of libyaml where PyYAML was built with it (seven times as fast), else the one in Python."""
    return cast("type[yaml.SafeLoader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _syntax_finding(error: yaml.YAMLError, text: str, file: str) -> Finding:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        problem = error.problem or error.context or "not YAML"
        context = f" ({error.context})" if error.context and error.context != problem else ""
        if mark and _character_at(text, mark.line, mark.column) == "\t":
            return Finding(place, "", "a tab where YAML wants spaces", "indent with spaces")
        if problem == _LIBYAML_TOO_DEEP:
            return Finding(place, "", _TOO_DEEP, "flatten it")
        return Finding(place, "", f"not YAML: {problem}{context}", "put the syntax right here or just above")
    if isinstance(error, yaml.reader.ReaderError):
        place = _place_at(text[: error.position], file)
        return Finding(place, "", f"character {error.character!r} is not allowed in YAML", "remove it")
    return Finding(Place(file), "", f"not YAML: {str(error).splitlines()[0]}", "put the syntax right")


def _character_at(text: str, line: int, column: int) -> str:
    """The character at a place counted from 0, or nothing."""
    lines = text.splitlines()
    return lines[line][column : column + 1] if line < len(lines) else ""


class _Builder:
    """Builds the trees, one event of the parser at a time."""

    def __init__(self, file: str, *, several: bool) -> None:
        self.file = file
        self.roots: list[Node] = []
        self._several = several
        self.findings: list[Finding] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Add what an event says to the tree."""
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                self._anchors = {}
                if self._documents > 1 and not self._several:
                    raise _UnreadableError(self._place(event), "a second document", "keep one definition per file")
            case yaml.ScalarEvent():
                self._check_tag(event, event.tag)
                node = Node(_resolve(event), self._place(event))
                self._add(node, event.anchor, text=event.value)
            case yaml.AliasEvent():
                self._add(self._alias(event), None)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._check_tag(event, event.tag)
                if len(self._open) >= MAX_DEPTH:
                    raise _UnreadableError(self._place(event), _TOO_DEEP, "flatten it")
                empty: dict[str, Node] | list[Node] = {} if isinstance(event, yaml.MappingStartEvent) else []
                self._open.append(_Open(Node(empty, self._place(event)), event.anchor))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                done = self._open.pop()
                self._merge(done)
                self._add(done.node, done.anchor)
            case _:
                pass  # starts and ends of the stream carry nothing

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        assert mark is not None  # the parser marks every event
        return Place(self.file, mark.line + 1, mark.column + 1)

    def _check_tag(self, event: yaml.Event, tag: str | None) -> None:
        if tag and tag != "!" and tag not in _CORE_TAGS:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self.findings.append(
                Finding(
                    self._place(event), "", f"tag {shown!r} is not allowed", "remove it; a definition is plain data"
                )
            )

    def _alias(self, event: yaml.AliasEvent) -> Node:
        anchor = event.anchor
        if any(collection.anchor == anchor for collection in self._open):
            raise _UnreadableError(self._place(event), f"alias '*{anchor}' stands inside what it names", "write it out")
        if anchor not in self._anchors:
            raise _UnreadableError(self._place(event), f"no anchor '&{anchor}' before this alias", "define it above")
        return self._anchors[anchor]

    def _add(self, node: Node, anchor: str | None, *, text: str | None = None) -> None:
        """Give a finished value to the collection that is open, as a key, a value or an item."""
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self.roots.append(node)
            return
        parent = self._open[-1]
        if isinstance(parent.node.value, list):
            parent.node.value.append(node)
        elif parent.key is None:
            self._take_key(parent, node, text)
            return
        else:
            self._take_value(parent, node)
        parent.node.size += node.size
        if parent.node.size > MAX_VALUES:
            problem = f"aliases expand to more than {MAX_VALUES:,} values"
            raise _UnreadableError(node.place, problem, "write the definition without nested aliases")

    def _take_key(self, parent: _Open, node: Node, text: str | None) -> None:
        if text is None and isinstance(node.value, str):
            text = node.value  # an alias to a scalar
        if text is None:
            self.findings.append(Finding(node.place, "", "a key that is no word", "use a plain word as the key"))
        parent.key = text or ""
        parent.key_place = node.place
        parent.wanted = text is not None

    def _take_value(self, parent: _Open, node: Node) -> None:
        assert isinstance(parent.node.value, dict)
        assert parent.key is not None
        assert parent.key_place is not None
        key, place = parent.key, parent.key_place
        parent.key = parent.key_place = None
        if not parent.wanted:
            return
        if key == "<<":
            parent.merges.extend(self._merged(node))
        elif key in parent.node.value:
            first = parent.node.keys[key]
            problem = f"key {key!r} stands here a second time; the first is on line {first.line}"
            self.findings.append(Finding(place, "", problem, "keep one of them"))
        else:
            parent.node.value[key] = node
            parent.node.keys[key] = place

    def _merged(self, node: Node) -> Iterator[Node]:
        sources = node.value if isinstance(node.value, list) else [node]
        for source in sources:
            if isinstance(source.value, dict):
                yield source
            else:
                problem = "'<<' merges a mapping, and this is none"
                self.findings.append(Finding(source.place, "", problem, "name an anchor of a mapping"))

    def _merge(self, done: _Open) -> None:
        """Merge keys fill in what the mapping itself does not say; an earlier one wins over a later one."""
        for source in done.merges:
            assert isinstance(source.value, dict)
            assert isinstance(done.node.value, dict)
            for key, node in source.value.items():
                if key not in done.node.value:
                    done.node.value[key] = node
                    done.node.keys[key] = source.keys[key]


def _resolve(event: yaml.ScalarEvent) -> Scalar:
    """The value of a scalar: quoted ones are text, plain ones follow the core schema."""
    text: str = event.value
    if event.style in _QUOTED or event.tag == _STR_TAG:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
