"""Configuration files as subjects: of Alertmanager, Prometheus, and Grafana's provisioned datasources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stackgen.checks.check import Meta
from stackgen.checks.texts import SourceText
from stackgen.definition.quantities import duration
from stackgen.definition.tree import Node
from stackgen.findings import Finding, Level

#: One matcher of Alertmanager: `severity="critical"`, `severity=~"a|b"`.
_MATCHER = re.compile(
    r"""\s*([a-zA-Z_:][\w:]*|"[^"]+")\s*(=~|!~|!=|=)\s*(?:"((?:\\.|[^"\\])*)"|'([^']*)'|([^"'{},]*))\s*,?"""
)


def items(node: Node | None) -> list[Node]:
    """The items of a list, or none."""
    return node.value if node is not None and isinstance(node.value, list) else []


def text(node: Node | None) -> str:
    """A text, or an empty one."""
    return node.value if node is not None and isinstance(node.value, str) else ""


def fields(node: Node | None) -> Mapping[str, Node]:
    """The values of a mapping, or none."""
    return node.value if node is not None and isinstance(node.value, dict) else {}


@dataclass(frozen=True, slots=True)
class RouteMatcher:
    """One condition of a route on one label."""

    label: str
    op: str
    value: str

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fulfil it; a label that is not there is empty."""
        actual = labels.get(self.label, "")
        if self.op in ("=", "!="):
            return (actual == self.value) is (self.op == "=")
        try:
            return (re.fullmatch(self.value, actual) is not None) is (self.op == "=~")
        except re.error:
            return False


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A node of the routing tree."""

    node: Node
    path: str
    receiver: str
    matchers: tuple[RouteMatcher, ...]
    goes_on: bool
    routes: tuple[Route, ...]

    def walk(self) -> Iterator[Route]:
        """It and all below it."""
        yield self
        for route in self.routes:
            yield from route.walk()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels goes here."""
        return all(matcher.holds(labels) for matcher in self.matchers)


@dataclass(frozen=True, slots=True, eq=False)
class Alertmanager:
    """Alertmanager's configuration; `route` is None where the file has none."""

    source: SourceText
    root: Node
    route: Route | None

    @property
    def receivers(self) -> Mapping[str, Node]:
        """Its receivers by name."""
        return {name: node for node in items(self.root.child("receivers")) if (name := text(node.child("name")))}

    def catches(self, labels: Mapping[str, str]) -> bool:
        """Whether a route below the root takes alerts with these labels."""
        return self.route is not None and any(route.holds(labels) for route in self.route.routes)

    @property
    def labels(self) -> frozenset[str]:
        """The labels by which it routes."""
        return frozenset(m.label for route in (self.route.walk() if self.route else ()) for m in route.matchers)


@dataclass(frozen=True, slots=True, eq=False)
class PrometheusConfig:
    """Prometheus's configuration."""

    source: SourceText
    root: Node

    @property
    def scrape_interval(self) -> float | None:
        """The global scrape interval, in seconds."""
        return duration(text(fields(self.root.child("global")).get("scrape_interval")))

    @property
    def labels(self) -> Iterator[str]:
        """Labels that it puts on series: external ones, those of static targets, and targets of relabelling."""
        yield from fields(fields(self.root.child("global")).get("external_labels"))
        for config in items(self.root.child("scrape_configs")):
            for static in items(config.child("static_configs")):
                yield from fields(static.child("labels"))
            for key in ("relabel_configs", "metric_relabel_configs"):
                yield from (text(each.child("target_label")) for each in items(config.child(key)))


@dataclass(frozen=True, slots=True, eq=False)
class Datasources:
    """A file of Grafana's provisioned datasources."""

    source: SourceText
    root: Node

    @property
    def prometheus(self) -> list[Node]:
        """Those of type prometheus."""
        return [each for each in items(self.root.child("datasources")) if text(each.child("type")) == "prometheus"]

    @property
    def uids(self) -> frozenset[str]:
        """The uids of all datasources."""
        return frozenset(uid for each in items(self.root.child("datasources")) if (uid := text(each.child("uid"))))


def finding(meta: Meta, subject: Node, path: str, problem: str, cure: str, *, level: Level | None = None) -> Finding:
    """A finding about a node of a configuration file."""
    return meta.finding(subject.place, path, problem, cure, level=level)


def read_alertmanager(source: SourceText, root: Node) -> Alertmanager:
    """The configuration of a YAML tree."""
    route = root.child("route")
    return Alertmanager(source, root, None if route is None else _route(route, "route"))


def _route(node: Node, path: str) -> Route:
    matchers = [*_old_matchers(node, "match", "="), *_old_matchers(node, "match_re", "=~")]
    for each in items(node.child("matchers")):
        matchers += _matchers(text(each))
    return Route(
        node,
        path,
        text(node.child("receiver")),
        tuple(matchers),
        (goes_on := node.child("continue")) is not None and goes_on.value is True,
        tuple(_route(each, f"{path}.routes[{index}]") for index, each in enumerate(items(node.child("routes")))),
    )


def _old_matchers(node: Node, key: str, op: str) -> Iterator[RouteMatcher]:
    for label, value in fields(node.child(key)).items():
        yield RouteMatcher(label, op, str(value.value))


def _matchers(written: str) -> Iterator[RouteMatcher]:
    """The matchers of a text; several may stand in braces."""
    for found in _MATCHER.finditer(written.strip().removeprefix("{").removesuffix("}")):
        quoted = next((group for group in found.groups()[2:4] if group is not None), None)
        value = (found[5] or "").strip() if quoted is None else quoted.replace('\\"', '"').replace("\\\\", "\\")
        yield RouteMatcher(found[1].strip('"'), found[2], value)
