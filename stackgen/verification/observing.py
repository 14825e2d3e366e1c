"""What was seen of definitions at targets, reading after reading: values accumulate, so a test run can be followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from stackgen.checks.exposed import DeclaredLabel, DeclaredMetric, Exposure, UndeclaredFamilies, UnreadTarget
from stackgen.checks.known.from_definitions import knowledge_of
from stackgen.definition.model import Metric, MetricType
from stackgen.scrape.families import Family, FamilyType, Sample
from stackgen.scrape.names import is_runtime
from stackgen.scrape.targets import Reading
from stackgen.verification.declared import Declared

#: Labels of the target that Prometheus keeps for itself; what a target exposes under these names is stored apart.
_EXPORTED = {"job": "exported_job", "instance": "exported_instance"}
#: Labels that belong to the types themselves.
_OF_TYPES = ("le", "quantile")
_COUNTED = (FamilyType.HISTOGRAM, FamilyType.SUMMARY)

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _AtTarget:
    """One target: what it exposed last, and what was ever seen of each series' value."""

    reading: Reading
    first: dict[tuple[str, Labels], float] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    #: What it exposed last of each metric, by the definition's name and the metric's key.
    exposures: dict[tuple[str, str], Exposure] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Observation:
    """All that was seen so far."""

    declared: Sequence[Declared]
    targets: dict[str, _AtTarget] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    #: How long was looked so far, `30s`; empty while nobody has looked twice.
    window: str = ""
    #: By target and label of a definition's name: every value that was ever seen.
    _values: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)

    def take(self, reading: Reading) -> None:
        """Take in what a target exposed."""
        name = reading.target.place
        self.unread.pop(name, None)
        new = name not in self.targets
        at = self.targets.setdefault(name, _AtTarget(reading))
        at.reading = reading
        for family in reading.families.values():
            for sample in family.children:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                # A series that was not there before comes with its first event: it has moved from 0.
                if at.first.setdefault(key, sample.value if new else 0.0) != sample.value:
                    at.moved |= {family.name, sample.name}
        at.exposures = {}
        for each in self.declared:
            for metric in each.definition.metrics.values():
                exposure = exposure_of(metric, reading)
                if exposure is None:
                    continue
                at.exposures[each.definition.name, metric.key] = exposure
                for label, values in exposure.values.items():
                    self._values.setdefault((each.definition.name, name, label), set()).update(values)

    def take_moved(self, target: str, names: Iterable[str]) -> None:
        """Take in that some series have moved, by what somebody else has kept of them."""
        self.targets[target].moved.update(names)

    def fail(self, target: str, problem: str) -> None:
        """Take in that a target could not be read."""
        self.unread[target] = problem

    # -- subjects of checks -------------------------------------------------------------------------------------------

    def subjects(self) -> list[object]:
        """What the checks are asked about."""
        found: list[object] = [UnreadTarget(target=name, problem=text) for name, text in sorted(self.unread.items())]
        for each in self.declared:
            found += self.metrics(each)
            found += self.labels(each)
        return [*found, *self._undeclared()]

    def metrics(self, declared: Declared) -> list[DeclaredMetric]:
        """The metrics of a definition, with what was seen of each."""
        definition = declared.definition
        exposures = {
            key: [
                found
                for at in self.targets.values()
                if (found := at.exposures.get((definition.name, key))) is not None
            ]
            for key in definition.metrics
        }  # fmt: skip
        # A target that exposes none of them is there for something else.
        own = {each.target for found in exposures.values() for each in found}
        if declared.tree is None and not own:
            return []  # it came along with another one, and what exposes it was not named
        return [
            DeclaredMetric(
                definition=definition,
                metric=metric,
                place=declared.place("metrics", key),
                exposures=tuple(exposures[key]),
                lacking=tuple(sorted(own - {each.target for each in exposures[key]})) if exposures[key] else (),
                moved=self._moved(metric, exposures[key]) if self.window else None,
                window=self.window,
            )
            for key, metric in definition.metrics.items()
        ]

    def _moved(self, metric: Metric, exposures: Sequence[Exposure]) -> bool:
        # Of a summary the count is watched: its sum stays where everything takes no time.
        names = {metric.exposed, f"{metric.exposed}_count", metric.exposed.removesuffix("_sum")}
        return any(names & self.targets[each.target].moved for each in exposures)

    def labels(self, declared: Declared) -> list[DeclaredLabel]:
        """The labels of a definition, with the values that were seen of each."""
        definition = declared.definition
        return [
            DeclaredLabel(
                definition=definition,
                label=label,
                place=declared.place("labels", name),
                seen={
                    target: frozenset(values)
                    for target in self.targets
                    if (values := self._values.get((definition.name, target, name)))
                },
            )
            for name, label in definition.labels.items()
        ]

    def _undeclared(self) -> list[UndeclaredFamilies]:
        definitions = [each.definition for each in self.declared]
        metrics = [metric for each in definitions for metric in each.metrics.values()]
        prefixes = tuple(each for each in knowledge_of(definitions).prefixes if each)
        names = frozenset(metric.exposed for metric in metrics)
        found = []
        for target, at in sorted(self.targets.items()):
            left = [each for each in at.reading.families.values() if not _is_declared(each, names)]
            left = [each for each in left if not is_runtime(each.name) or each.name.startswith(prefixes)]
            near = tuple(each for each in left if each.name.startswith(prefixes))
            others = tuple(each for each in left if not each.name.startswith(prefixes))
            if near or others:
                found.append(UndeclaredFamilies(target=target, near=near, others=others, declared=names))
        return found


def _is_declared(family: Family, names: frozenset[str]) -> bool:
    if family.name in names:
        return True
    return family.type in _COUNTED and bool(names & {f"{family.name}_sum", f"{family.name}_count"})


def exposure_of(metric: Metric, reading: Reading) -> Exposure | None:
    """What a target exposes of a metric; None: nothing."""
    family = reading.families.get(metric.exposed)
    samples: Sequence[Sample] = ()
    if family is not None:
        samples = family.children
    elif metric.type is MetricType.COUNTER:
        # The sum or the count of a summary or histogram, declared as a counter of its own.
        for suffix in ("_sum", "_count"):
            base = metric.exposed.removesuffix(suffix)
            found = reading.families.get(base) if base != metric.exposed else None
            if found is not None and found.type in _COUNTED:
                family, samples = found, found.of(suffix)
    if family is None:
        return None
    rename = reading.target.job is None
    children = tuple(each._replace(labels=_stored(each.labels, rename=rename)) for each in samples)
    values: dict[str, set[str]] = {}
    for each in children:
        for label, value in each.labels.items():
            values.setdefault(label, set()).add(value)
    return Exposure(
        target=reading.target.place,
        family=family,
        children=children,
        values={label: frozenset(found) for label, found in values.items()},
    )


def _stored(labels: Mapping[str, str], *, rename: bool) -> dict[str, str]:
    """Labels as Prometheus stores them: empty ones are none, and those of the target are its own."""
    return {
        _EXPORTED.get(label, label) if rename else label: value
        for label, value in labels.items()
        if value and label not in _OF_TYPES
    }
