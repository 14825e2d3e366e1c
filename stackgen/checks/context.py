"""All that a check may know beside its subject: the metrics, the other files of the run, and the date."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from stackgen import conventions
from stackgen.checks.known.from_definitions import with_includes
from stackgen.checks.known.knowledge import Knowledge
from stackgen.checks.query.labels import Labels, LabelSets
from stackgen.checks.query.tree import Node, Selector, Subquery
from stackgen.checks.query.units import Units, unit_of_name

if TYPE_CHECKING:
    from stackgen.checks.boards import Board
    from stackgen.checks.configurations import Alertmanager, Datasources, PrometheusConfig
    from stackgen.checks.queries import Query
    from stackgen.checks.rule_files import Rule, RuleFile
    from stackgen.definition.model import Definition

#: Labels that targets commonly have beside `job` and `instance`, by service discovery and relabelling.
USUAL_TARGET_LABELS = frozenset(
    {
        "app", "cluster", "container", "datacenter", "dc", "endpoint", "env", "environment", "host", "hostname",
        "namespace", "node", "nodename", "pod", "prometheus", "region", "replica", "service", "site", "stage", "team",
        "tenant", "zone",
    }
)  # fmt: skip
_TARGET = frozenset({"job", "instance"})
#: How deep recordings of recordings are followed.
_DEPTH = 8


@dataclass(eq=False, kw_only=True)
class Context:
    """The surroundings of one run."""

    today: date
    #: The folder that runbooks and generated files are below.
    root: Path = field(default_factory=Path)
    knowledge: Knowledge = field(default_factory=Knowledge)
    definitions: tuple[Definition, ...] = ()
    rule_files: list[RuleFile] = field(default_factory=list)
    boards: list[Board] = field(default_factory=list)
    alertmanagers: list[Alertmanager] = field(default_factory=list)
    datasources: list[Datasources] = field(default_factory=list)
    prometheus_configs: list[PrometheusConfig] = field(default_factory=list)
    #: Most series that one instance of an exporter may have.
    max_series: int = 10_000
    #: Ids of the checks that are asked.
    asked: frozenset[str] = frozenset()

    @property
    def rules(self) -> Iterator[Rule]:
        """All rules of the run."""
        return (rule for file in self.rule_files for rule in file.rules)

    @cached_property
    def recorded(self) -> Mapping[str, list[Rule]]:
        """The recordings of each name."""
        found: dict[str, list[Rule]] = {}
        for rule in self.rules:
            if rule.record:
                found.setdefault(rule.record, []).append(rule)
        return found

    @cached_property
    def dashboard_uids(self) -> frozenset[str]:
        """The uids of the run's dashboards, and of those that are generated from its definitions."""
        from stackgen.generators.grafana.defaults import dashboard_set  # noqa: PLC0415 (most runs need no generator)

        generated = (
            conventions.dashboard_uid(definition, key)
            for definition in with_includes(self.definitions)
            for key in dashboard_set(definition)
        )
        return frozenset((*(board.uid for board in self.boards), *generated))

    @cached_property
    def dashboard_tags(self) -> frozenset[str]:
        """The tags of the run's dashboards."""
        return frozenset(tag for board in self.boards for tag in board.tags)

    @cached_property
    def target_labels(self) -> frozenset[str]:
        """Labels that any series may have from its target or from Prometheus's configuration."""
        configured = (label for config in self.prometheus_configs for label in config.labels)
        return _TARGET | USUAL_TARGET_LABELS | frozenset(configured)

    @cached_property
    def scrape_interval(self) -> float | None:
        """Seconds between scrapes: what Prometheus's configuration says, else the definition."""
        configured = [c.scrape_interval for c in self.prometheus_configs if c.scrape_interval is not None]
        return configured[0] if configured else self.knowledge.scrape_interval

    # -- what an expression's series are -----------------------------------------------------------------------------

    def recordings(self, selector: Selector) -> list[Rule]:
        """The recordings that a selector reads: the run's, else those that are generated from its definitions."""
        name = selector.name or ""
        return self.recorded.get(name) or (self._generated.get(name, []) if ":" in name else [])

    @cached_property
    def _generated(self) -> Mapping[str, list[Rule]]:
        from stackgen.checks.known.recordings import generated_recordings  # noqa: PLC0415 (most runs need no generator)

        return generated_recordings(self.definitions)

    def labels(self, node: Node) -> Labels:
        """The labels of an expression's series."""
        return self._label_sets.of(node)

    def unit(self, node: Node) -> str | None:
        """The unit of an expression's values."""
        return self._units.of(node)

    @cached_property
    def _label_sets(self) -> LabelSets:
        return LabelSets(self._selector_labels)

    @cached_property
    def _units(self) -> Units:
        return Units(self._selector_unit, self._bounds_unit)

    @cached_property
    def _being_resolved(self) -> set[str]:
        return set()

    def _selector_labels(self, selector: Selector) -> Labels:
        matched = frozenset(m.label for m in selector.matchers if m.op == "=" and m.value and m.label != "__name__")
        empty = tuple(m.label for m in selector.matchers if m.op == "=" and not m.value)
        name = selector.name
        if name is None or selector.templated:
            return Labels(matched).without(empty)
        if (rules := self.recordings(selector)) and name not in self._being_resolved:
            return self._recorded_labels(name, rules).with_(()).without(empty)
        known = self.knowledge.find(name)
        if known is None or known.labels is None:
            return Labels(matched).without(empty)
        sure = known.labels | _TARGET
        return Labels(sure, sure | self.target_labels).without(empty)

    def _recorded_labels(self, name: str, rules: list[Rule]) -> Labels:
        self._being_resolved.add(name)  # a recording that reads itself, or a circle of them, ends here
        try:
            found: Labels | None = None
            for rule in rules:
                parsed = rule.query.parsed if rule.query else None
                labels = self.labels(parsed.root) if parsed else Labels()
                labels = labels.with_(tuple(rule.labels))
                found = labels if found is None else found.or_(labels)
            return found or Labels()
        finally:
            self._being_resolved.discard(name)

    def _selector_unit(self, selector: Selector) -> str | None:
        def own(name: str) -> str | None:
            # What buckets, of whatever unit their bounds are, hold is how many observations fell into them.
            counts = name.endswith("_bucket") and self.knowledge.counter(name)
            return "count" if counts else self._named_unit(name)

        return self._unit_through_recordings(selector, self._units.of, own)

    def _bounds_unit(self, selector: Selector) -> str | None:
        return self._unit_through_recordings(selector, self._units.bounds_of, self._named_unit)

    def _named_unit(self, name: str) -> str | None:
        known = self.knowledge.find(name)
        return known.unit if known is not None and known.unit else unit_of_name(name)

    def _unit_through_recordings(
        self, selector: Selector, of: Callable[[Node], str | None], of_name: Callable[[str], str | None]
    ) -> str | None:
        name = selector.name
        if name is None or selector.templated:
            return None
        rules = self.recordings(selector)
        if not rules or name in self._being_resolved:
            return of_name(name)
        self._being_resolved.add(name)
        try:
            units = {of(rule.query.parsed.root) if rule.query and rule.query.parsed else None for rule in rules}
        finally:
            self._being_resolved.discard(name)
        return units.pop() if len(units) == 1 else None

    def reach(self, node: Node, depth: int = 0) -> float:
        """The longest range, in seconds, over which any part of an expression looks back; recordings are followed."""
        longest = 0.0
        for each in node.walk():
            if isinstance(each, Selector):
                own = each.range or 0.0
                below = max((self.reach_of_rule(rule, depth + 1) for rule in self.recordings(each)), default=0.0)
                longest = max(longest, own, below)
            elif isinstance(each, Subquery):
                longest = max(longest, each.range or 0.0)
        return longest

    def reach_of_rule(self, rule: Rule, depth: int = 0) -> float:
        """The same for a recording."""
        if depth > _DEPTH or rule.query is None or rule.query.parsed is None:
            return 0.0
        return self.reach(rule.query.parsed.root, depth)

    def queries(self) -> Iterator[Query]:
        """All expressions of the run."""
        for file in self.rule_files:
            yield from file.queries
        for board in self.boards:
            yield from board.queries
