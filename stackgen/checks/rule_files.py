"""Rule files as subjects: groups and rules of Prometheus, plain or in a PrometheusRule of Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stackgen.checks.check import Meta
from stackgen.checks.queries import Query, read_query
from stackgen.checks.scalars import YamlScalar
from stackgen.checks.texts import SourceText
from stackgen.definition.quantities import duration
from stackgen.definition.tree import Node, Path
from stackgen.findings import Finding, Level, Place

_RULE_KEYS = ("alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations")


@dataclass(frozen=True, slots=True)
class Misshape:
    """A part of a file that is not what Prometheus reads there."""

    place: Place
    path: str
    problem: str
    cure: str


@dataclass(slots=True, eq=False, kw_only=True)
class Rule:
    """One rule. Texts that are missing are empty, durations (seconds) that are missing are None."""

    file: RuleFile
    node: Node
    path: str
    group: str
    alert: str
    record: str
    for_: float | None
    keep_firing_for: float | None
    #: Its own, and those of its group that it does not set itself.
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    #: First line of the rule.
    line: int
    query: Query | None = None

    @property
    def waits(self) -> bool:
        """Whether it has a `for`, be it one that Prometheus cannot read."""
        return bool(self.for_) or (self.for_ is None and self.node.child("for") is not None)

    @property
    def name(self) -> str:
        """The alert's or the recorded series' name."""
        return self.alert or self.record

    def place(self, *steps: str) -> Place:
        """The place of a key of it, or of the rule where it has no such key."""
        node = self.node
        for step in steps[:-1]:
            node = node.child(step) or node
        key = node.keys.get(steps[-1]) if steps else None
        return key or self.node.place

    def finding(self, meta: Meta, key: str, problem: str, cure: str, *, level: Level | None = None) -> Finding:
        """A finding about one of its keys (`labels.severity`)."""
        path = f"{self.path}.{key}" if key else self.path
        return meta.finding(self.place(*key.split(".")) if key else self.node.place, path, problem, cure, level=level)

    def text_host(self, key: str) -> YamlScalar | None:
        """Where the characters of an annotation or label stand."""
        section, _, name = key.partition(".")
        parent = self.node.child(section)
        node = parent.child(name) if parent else None
        if node is None or not isinstance(node.value, str):
            return None
        return YamlScalar(self.file.source, self.file.source.offset(node.place), node.value)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Group:
    """A group of rules; `interval` in seconds, None where Prometheus's own holds; `labels` are put on all its rules."""

    name: str
    path: str
    node: Node
    interval: float | None
    labels: Mapping[str, str]


@dataclass(slots=True, eq=False, kw_only=True)
class RuleFile:
    """A file of rules, or one document of it."""

    source: SourceText
    root: Node
    groups: list[Group] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    misshapes: list[Misshape] = field(default_factory=list)

    @property
    def in_kubernetes(self) -> bool:
        """Whether it is a custom resource, of which Prometheus's operator makes a file."""
        return self.root.child("kind") is not None

    @property
    def queries(self) -> Iterator[Query]:
        """The expressions of its rules."""
        return (rule.query for rule in self.rules if rule.query is not None)


def read_rule_file(source: SourceText, root: Node, path: Path = (), *, following: bool = False) -> RuleFile:
    """The rules of a YAML tree, as far as they have the shape that Prometheus reads.

    `path` leads to the tree in its document; `following`: rules stand in a document before it already.
    """
    file = RuleFile(source=source, root=root)
    if following and not file.in_kubernetes:
        problem = "Prometheus reads the first document of a file alone"
        file.misshapes.append(
            Misshape(root.place, "", problem, "put all groups under one `groups:`, or make it two files")
        )
    _Reader(file).read(path)
    return file


class _Reader:
    """Reads one file."""

    def __init__(self, file: RuleFile) -> None:
        self._file = file

    def read(self, path: Path) -> None:
        """Fill the file with what its tree, at a path of the document, says."""
        root = self._file.root
        if self._file.in_kubernetes and (spec := root.child("spec")) is not None:
            root, path = spec, (*path, "spec")
        else:
            self._known_keys(root, path, ("groups",))
        groups = root.child("groups")
        if groups is None or not isinstance(groups.value, list):
            self._misshape(
                groups or root, (*path, "groups"), "has to be a list of groups", "write `groups:` and a list"
            )
            return
        seen: dict[str, int] = {}
        for index, node in enumerate(groups.value):
            self._group(node, (*path, "groups", index), seen)

    def _group(self, node: Node, path: Path, seen: dict[str, int]) -> None:
        if not isinstance(node.value, dict):
            self._misshape(node, path, "is no group", "write `name:` and `rules:`")
            return
        known = ("name", "interval", "limit", "rules", "query_offset", "labels", "partial_response_strategy")
        self._known_keys(node, path, known)
        name = self._text(node, path, "name")
        if not name:
            self._misshape(node, path, "the group has no name", "give it one")
        elif name in seen:
            problem = f"a group {name!r} stands on line {seen[name]} already"
            self._misshape(
                node.child("name") or node, (*path, "name"), problem, "give each group of a file its own name"
            )
        seen.setdefault(name, node.place.line)
        self._duration(node, path, "query_offset")
        group = Group(
            name=name,
            path=_shown(path),
            node=node,
            interval=self._duration(node, path, "interval"),
            labels=self._texts(node, path, "labels"),
        )
        self._file.groups.append(group)
        rules = node.child("rules")
        if rules is None or rules.value is None:
            return
        if not isinstance(rules.value, list):
            self._misshape(rules, (*path, "rules"), "has to be a list of rules", "write one rule per item")
            return
        for index, each in enumerate(rules.value):
            self._rule(each, (*path, "rules", index), group)

    def _rule(self, node: Node, path: Path, group: Group) -> None:
        if not isinstance(node.value, dict):
            self._misshape(node, path, "is no rule", "write `alert:` or `record:`, and `expr:`")
            return
        self._known_keys(node, path, _RULE_KEYS)
        alert, record, expr = (self._text(node, path, key) for key in ("alert", "record", "expr"))
        if bool(alert) == bool(record):
            problem = "is an alert and a recording at once" if alert else "is neither an alert nor a recording"
            self._misshape(node, path, problem, "write either `alert:` or `record:`")
            alert = record = ""  # what it lacks as the one or the other is no matter before that is settled
        if not expr:
            self._misshape(node.child("expr") or node, path, "has no expression", "write `expr:`")
        if record:
            for key in ("for", "keep_firing_for", "annotations"):
                if (found := node.child(key)) is not None:
                    self._misshape(found, (*path, key), f"a recording has no `{key}`", "remove it")
        rule = Rule(
            file=self._file,
            node=node,
            path=_shown(path),
            group=group.name,
            alert=alert,
            record=record,
            for_=self._duration(node, path, "for"),
            keep_firing_for=self._duration(node, path, "keep_firing_for"),
            labels={**group.labels, **self._texts(node, path, "labels")},
            annotations=self._texts(node, path, "annotations"),
            line=node.place.line,
        )
        if expr and (expr_node := node.child("expr")) is not None:
            host = YamlScalar(self._file.source, self._file.source.offset(expr_node.place), expr)
            rule.query = read_query(expr, _shown((*path, "expr")), host, macros=False, rule=rule)
        self._file.rules.append(rule)

    def _known_keys(self, node: Node, path: Path, known: tuple[str, ...]) -> None:
        for key, place in node.keys.items():
            if key not in known:
                self._file.misshapes.append(
                    Misshape(
                        place,
                        _shown((*path, key)),
                        f"Prometheus knows no key {key!r} here",
                        f"known: {', '.join(known)}",
                    )
                )

    def _text(self, node: Node, path: Path, key: str) -> str:
        value = node.child(key)
        if value is None or value.value is None:
            return ""
        if isinstance(value.value, str):
            return value.value
        if isinstance(value.value, dict | list):
            self._misshape(value, (*path, key), "has to be text", "write it on one line, or after `|`")
            return ""
        return _scalar_text(value, self._file.source)

    def _texts(self, node: Node, path: Path, key: str) -> dict[str, str]:
        section = node.child(key)
        if section is None or section.value is None:
            return {}
        if not isinstance(section.value, dict):
            self._misshape(section, (*path, key), "has to be a mapping of texts", "write `name: text` pairs")
            return {}
        return {name: self._text(section, (*path, key), name) for name in section.value}

    def _duration(self, node: Node, path: Path, key: str) -> float | None:
        if node.child(key) is None:
            return None
        text = self._text(node, path, key)
        seconds = 0.0 if text == "0" else duration(text)
        if seconds is None:
            self._misshape(
                node.child(key) or node, (*path, key), f"{text!r} is no duration", "write it like 5m or 1h30m"
            )
        return seconds

    def _misshape(self, node: Node, path: Path, problem: str, cure: str) -> None:
        self._file.misshapes.append(Misshape(node.place, _shown(path), problem, cure))


def _scalar_text(node: Node, source: SourceText) -> str:
    """A number or a bool as it was written."""
    start = source.offset(node.place)
    written = source.text[start : start + 200].split("\n", 1)[0].split(" #", 1)[0].strip(" ,}]\r\t")
    return written or str(node.value)


def _shown(path: Path) -> str:
    """A path as people read it: `groups[0].rules[2].expr`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
