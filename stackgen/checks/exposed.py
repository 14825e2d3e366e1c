"""Declared metrics beside what targets expose of them, as subjects of checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stackgen.definition.model import Definition, Label, Metric
from stackgen.findings import Place
from stackgen.scrape.families import Family, Sample


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Exposure:
    """What one target exposes of a declared metric."""

    #: The target, as findings name it.
    target: str
    family: Family
    #: One sample for each set of labels; labels are as Prometheus stores them, without those of the type.
    children: tuple[Sample, ...]
    #: The values of each label.
    values: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DeclaredMetric:
    """A metric of a definition, where it stands there, and what was found of it."""

    definition: Definition
    metric: Metric
    place: Place
    exposures: tuple[Exposure, ...] = ()
    #: Targets that expose other metrics of the definition and not this one.
    lacking: tuple[str, ...] = ()
    #: Whether a value has changed within the window; None: nobody has looked twice.
    moved: bool | None = None
    #: How long was looked, `30s`; empty where nobody has.
    window: str = ""

    @property
    def path(self) -> str:
        """Where it stands in the definition."""
        return f"metrics.{self.metric.key}"

    @property
    def children(self) -> int:
        """How many sets of labels there are, at all targets."""
        return sum(len(each.children) for each in self.exposures)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DeclaredLabel:
    """A label of a definition, and the values that were seen of it at each target."""

    definition: Definition
    label: Label
    place: Place
    seen: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def values(self) -> frozenset[str]:
        """All values that were seen."""
        return frozenset().union(*self.seen.values())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UndeclaredFamilies:
    """What a target exposes and no definition declares; client libraries' own metrics aside."""

    target: str
    #: Those whose names begin as a definition's do.
    near: tuple[Family, ...] = ()
    others: tuple[Family, ...] = ()
    #: The names that are declared, for a hint.
    declared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UnreadTarget:
    """A target that could not be read, and why."""

    target: str
    problem: str


def shortened(names: tuple[str, ...] | list[str], at_most: int = 5) -> str:
    """Some names, and how many more there are."""
    more = f" and {len(names) - at_most:,} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more
