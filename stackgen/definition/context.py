"""What every check of meaning needs: the data, where it stands, what is known by name, and a place for findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from stackgen.definition.model import TARGET_LABELS, UP, Alert, Label, Metric, MetricType, Selector, Signal, Term
from stackgen.definition.model.signals import matches
from stackgen.definition.patterns import looks_like_pattern, mistake_in
from stackgen.definition.quantities import duration, looks_like_quantity, quantity
from stackgen.definition.structure import show
from stackgen.definition.tree import Node, Path
from stackgen.definition.words import nearest
from stackgen.findings import Finding

_EXAMPLES = {"seconds": "100ms", "bytes": "512MiB", "ratio": "0.05 or 5%", "per_second": "2 or 30/min"}
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

#: Seconds; Prometheus counts nanoseconds in 64 bits, which are 292 years.
_LONGEST = 100 * 365 * 86400.0

UP_METRIC = Metric(key=UP, type=MetricType.GAUGE, help="Whether the last scrape succeeded.", exposed=UP)


@dataclass(slots=True)
class Context:
    """One reading of one definition. Parts that were built are here for the parts that refer to them."""

    tree: Node
    data: dict[str, Any]
    broken: frozenset[Path]
    findings: list[Finding] = field(default_factory=list)
    labels: dict[str, Label] = field(default_factory=dict)
    metrics: dict[str, Metric] = field(default_factory=dict)
    signals: dict[str, Signal] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)

    def report(self, path: Path, problem: str, cure: str, *, at_key: bool = False) -> None:
        """Note a finding at a path's value, or at its key."""
        place = self.tree.place_of_key(path) if at_key else self.tree.at(path).place
        self.findings.append(Finding(place, show(path), problem, cure))

    def section(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The entries of a top-level section that are well-formed enough to be looked at."""
        entries = self.data.get(name) or {}
        for key, entry in entries.items():
            if isinstance(entry, dict):
                yield key, entry

    def named(self, section: str) -> list[str]:
        """All names in a section, also of entries that turned out to be broken."""
        node = self.tree.child(section)
        return list(node.value) if node is not None and isinstance(node.value, dict) else []

    def damaged(self, path: Path) -> bool:
        """Whether something at or below a path was reported and taken out, so that what is missing is no news."""
        return any(broken[: len(path)] == path for broken in self.broken)

    # -- references ---------------------------------------------------------------------------------------------------

    def metric(self, path: Path, key: str) -> Metric | None:
        """The metric of that key; if it is unknown, that is reported."""
        if key == UP:
            return UP_METRIC
        if key not in self.metrics and key not in self.named("metrics"):
            self.report(path, f"no metric {key!r}", nearest(key, [*self.named("metrics"), UP]))
        return self.metrics.get(key)

    def signal(self, path: Path, key: str) -> Signal | None:
        """The signal of that key; if it is unknown, that is reported."""
        if key not in self.signals and key not in self.named("signals"):
            self.report(path, f"no signal {key!r}", nearest(key, self.named("signals")))
        return self.signals.get(key)

    def labels_of(self, metric: Metric) -> tuple[str, ...]:
        """Labels on the series of a metric, without those of its target."""
        if metric.key == UP:
            return ()
        return (*(name for name, label in self.labels.items() if label.bind), *metric.labels)

    def splittable(self, path: Path, names: Iterable[str], metrics: Iterable[Metric]) -> tuple[str, ...]:
        """Labels to split or group by: each must be on every one of the metrics."""
        good = []
        metrics = list(metrics)
        for index, name in listed(names):
            common = [label for label in self.labels if all(label in self.labels_of(m) for m in metrics)]
            if name in TARGET_LABELS or name in common:
                good.append(name)
            elif name in self.named("labels"):
                lacking = next((m.key for m in metrics if name not in self.labels_of(m)), "?")
                cure = nearest(name, [*common, *TARGET_LABELS])
                self.report((*path, index), f"metric {lacking!r} has no label {name!r}", cure)
            else:
                self.report((*path, index), f"no label {name!r}", nearest(name, [*common, *TARGET_LABELS]))
        return self._once(path, good)

    def splittable_by(self, path: Path, names: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
        """Labels to split by, of those that there are."""
        known = [*known]
        good = []
        for index, name in listed(names):
            if name in known:
                good.append(name)
            else:
                self.report((*path, index), f"nothing here has a label {name!r}", nearest(name, known))
        return self._once(path, good)

    def _once(self, path: Path, names: list[str]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            self.report(path, "a label stands here twice", "name each label once")
        return tuple(dict.fromkeys(names))

    # -- values -------------------------------------------------------------------------------------------------------

    def seconds(self, path: Path, text: str | None, default: float, *, least: float = 0.0) -> float:
        """A duration in seconds that is not below `least`."""
        if text is None:
            return default
        value = duration(text)
        if value is None or value < least:
            self.report(path, f"{text!r} is too short", f"use {least:g}s or more")
            return default
        if value > _LONGEST:
            self.report(path, f"{text!r} is longer than anything lasts", "use 100y or less")
            return default
        return value

    def quantity(self, path: Path, raw: float | str, unit: str) -> float | None:
        """A number, or a text such as `100ms`, in a unit; None if it is neither (which is reported)."""
        if isinstance(raw, str):
            value = quantity(raw, unit)
            if value is None:
                self.report(path, f"{raw!r} is no quantity in {unit}", f"write one such as {_EXAMPLES.get(unit, '10')}")
            return value
        if not -1e300 < raw < 1e300:
            self.report(path, f"{raw} is no number to compare with", "write a finite number")
            return None
        return float(raw)

    def quantity_or_signal(self, path: Path, raw: float | str, signal: Signal) -> float | str | None:
        """A quantity in the signal's unit, or the key of another signal in the same unit."""
        if not isinstance(raw, str) or looks_like_quantity(raw):
            return self.quantity(path, raw, signal.unit)
        other = self.signal(path, raw)
        if other is None:
            return None
        if other.unit != signal.unit:
            problem = f"signal {raw!r} is in {other.unit}, {signal.key!r} in {signal.unit}"
            self.report(path, problem, "compare signals of one unit")
            return None
        return raw

    # -- selectors ----------------------------------------------------------------------------------------------------

    def term(self, path: Path, raw: Any) -> Term:
        """A selector, or a list of them."""
        if isinstance(raw, list):
            found = [self.selector((*path, index), item) for index, item in listed(raw)]
        else:
            found = [self.selector(path, raw)]
        return tuple(selector for selector in found if selector is not None)

    def selector(self, path: Path, raw: dict[str, Any]) -> Selector | None:
        """A selector whose metric, labels and values exist."""
        metric = self.metric((*path, "of"), raw["of"])
        if metric is None:
            return None
        selector = Selector(
            of=metric.key,
            where=self._matchers((*path, "where"), raw.get("where"), metric),
            where_not=self._matchers((*path, "where_not"), raw.get("where_not"), metric),
            where_matches=self._patterns((*path, "where_matches"), raw.get("where_matches"), metric),
            where_not_matches=self._patterns((*path, "where_not_matches"), raw.get("where_not_matches"), metric),
        )
        self._check_what_is_left(path, selector)
        return selector

    def _check_what_is_left(self, path: Path, selector: Selector) -> None:
        """Of each label whose values are known, some must be left."""
        for name in selector.picked:
            values = selector.where.get(name) or (self.labels[name].values if name in self.labels else None)
            if values is None or any(selector.keeps(name, value) for value in values):
                continue
            for word, cure in (
                ("where_not", "leave fewer out"),
                ("where_not_matches", "leave fewer out"),
                ("where_matches", f"values: {', '.join(values)}"),
            ):
                if name in getattr(selector, word):
                    self.report((*path, word, name), f"no value of {name!r} is left", cure, at_key=True)
                    break

    def _labelled(self, path: Path, raw: dict[str, Any] | None, metric: Metric) -> Iterator[tuple[str, Any]]:
        """What a selector says of each label; a label that the metric does not have is reported."""
        for name, said in (raw or {}).items():
            if name in self.labels_of(metric) or name in TARGET_LABELS:
                yield name, said
                continue
            known = [*self.labels_of(metric), *TARGET_LABELS]
            problem = f"metric {metric.key!r} has no label {name!r}"
            self.report((*path, name), problem, nearest(name, known), at_key=True)

    def _patterns(self, path: Path, raw: dict[str, Any] | None, metric: Metric) -> dict[str, str]:
        patterns: dict[str, str] = {}
        for name, pattern in self._labelled(path, raw, metric):
            if pattern is None:
                continue
            if mistake := mistake_in(pattern):
                self.report((*path, name), *mistake)
                continue
            patterns[name] = pattern
            values = self.labels[name].values if name in self.labels else None
            if values is not None and not any(matches(pattern, value) for value in values):
                self.report((*path, name), f"{pattern!r} matches no value of {name!r}", f"values: {', '.join(values)}")
                del patterns[name]
        return patterns

    def _matchers(self, path: Path, raw: dict[str, Any] | None, metric: Metric) -> dict[str, tuple[str, ...]]:
        matchers: dict[str, tuple[str, ...]] = {}
        for name, values in self._labelled(path, raw, metric):
            inner = (*path, name)
            wanted = values if isinstance(values, list) else [values]
            where = [(*inner, index) if isinstance(values, list) else inner for index in range(len(wanted))]
            matchers[name] = tuple(
                text
                for place, value in zip(where, wanted, strict=True)
                if value is not None
                and self._no_pattern(place, str(path[-1]), name, text := as_text(value))
                and self.label_value(place, name, text)
            )
        return matchers

    def _no_pattern(self, path: Path, word: str, name: str, value: str) -> bool:
        """Whether a value is no regular expression, which would be compared as it stands; if not, that is reported."""
        values = self.labels[name].values if name in self.labels else None
        if value in (values or ()) or not (looks_like_pattern(value) or (values is not None and "|" in value)):
            return True
        problem = f"{value!r} looks like a regular expression, and is compared as it stands"
        self.report(path, problem, f"write it under `{word}_matches`")
        return False

    def label_value(self, path: Path, name: str, value: str) -> bool:
        """Whether a label may have a value; if not, that is reported."""
        label = self.labels.get(name)
        if label is None or label.values is None or value in label.values:
            return True
        self.report(path, f"label {name!r} has no value {value!r}", nearest(value, label.values))
        return False

    def placeholders(self, path: Path, text: str, known: Iterable[str]) -> None:
        """Every `{word}` in a text must be one that can be filled in."""
        words = list(known)
        for word in PLACEHOLDER.findall(text):
            if word not in words:
                self.report(path, f"nothing fills in {{{word}}}", nearest(word, words))


def listed(values: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """The items of a list with their indexes, without those that were taken out."""
    return ((index, value) for index, value in enumerate(values) if value is not None)


def as_text(value: str | float | bool) -> str:
    """A label value as text: `true` for True, `200` for 200."""
    return str(value).lower() if isinstance(value, bool) else str(value)
