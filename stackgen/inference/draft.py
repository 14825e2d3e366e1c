"""A definition on its way: what will be written, with the remarks that stand beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stackgen.scrape.families import Family

#: What stands under a key of a definition, as plain data.
Body = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLabel:
    """A label with the values that were seen, in order; closed, or open with a budget."""

    name: str
    seen: tuple[str, ...]
    closed: bool
    budget: int
    #: On how many metrics it is.
    metrics: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMetric:
    """A metric of the definition; a summary becomes two, its sum and its count."""

    key: str
    #: counter, gauge, histogram or info.
    type: str
    exposed: str
    help: str
    unit: str | None
    #: What an exposed value of 1 is in the unit.
    scale: float
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()
    family: Family
    #: Remarks, one line each.
    notes: tuple[str, ...] = ()
    #: Whether it has series.
    present: bool
    #: Whether it counted something while it was looked at (two readings), else at any time before.
    moved: bool
    #: The part of the system that it is about, by its name; `runtime` for what client libraries expose by themselves.
    group: str

    @property
    def counted(self) -> bool:
        """Whether a rate of it makes sense."""
        return self.type in ("counter", "histogram")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSignal:
    """A signal of the definition."""

    key: str
    title: str
    body: Body
    description: str = ""
    by: tuple[str, ...] = ()
    good: str | None = None
    unit: str | None = None
    states: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    group: str
    #: Whether a panel of it will show something.
    live: bool
    #: Whether it is one of the first things to look at.
    chief: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftAlert:
    """An alert of the definition."""

    name: str
    body: Body
    note: str


@dataclass(slots=True, kw_only=True)
class Draft:
    """The whole of it."""

    name: str
    labels: dict[str, DraftLabel] = field(default_factory=dict)
    metrics: list[DraftMetric] = field(default_factory=list)
    signals: list[DraftSignal] = field(default_factory=list)
    alerts: list[DraftAlert] = field(default_factory=list)
    #: Remarks on alerts that would fire at once, one line each.
    no_alerts: list[str] = field(default_factory=list)
    #: What was exposed and is not in the definition, and why, one line each.
    left_out: list[str] = field(default_factory=list)

    def metric(self, exposed: str) -> DraftMetric | None:
        """The metric of that exposed name."""
        return next((each for each in self.metrics if each.exposed == exposed), None)


class Keys:
    """Gives out keys, each once."""

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        self._taken = set(taken)

    def take(self, *wanted: str) -> str:
        """The first of the wanted keys that is free, else the last one with a number."""
        for each in wanted:
            if each not in self._taken:
                self._taken.add(each)
                return each
        number = 2
        while f"{wanted[-1]}_{number}" in self._taken:
            number += 1
        self._taken.add(f"{wanted[-1]}_{number}")
        return f"{wanted[-1]}_{number}"
