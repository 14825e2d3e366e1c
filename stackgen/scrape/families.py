"""Metric families as they are exposed, however they were read.

The family of a sample follows from the types that were told; where none was (`untyped` series, a Prometheus without
metadata), from the shape of the names: `_bucket` with `le` is a histogram, `quantile` a summary, `_total` a counter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple


class FamilyType(StrEnum):
    """The types of Prometheus's exposition formats; `untyped` of the older one is `unknown` here."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"
    INFO = "info"
    STATESET = "stateset"
    GAUGE_HISTOGRAM = "gaugehistogram"
    UNKNOWN = "unknown"


class Sample(NamedTuple):
    """One line of an exposition; `line` counts from 1, 0 where it did not come from a text."""

    name: str
    labels: Mapping[str, str]
    value: float
    line: int = 0


@dataclass(frozen=True, slots=True)
class Metadata:
    """What `# TYPE`, `# HELP` and `# UNIT` say of a family, and where the first of them stands."""

    type: FamilyType = FamilyType.UNKNOWN
    help: str = ""
    unit: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric with its series."""

    #: Of counters, gauges and infos the name of the samples, of histograms and summaries what stands before `_sum`.
    name: str
    type: FamilyType
    help: str = ""
    unit: str = ""
    samples: tuple[Sample, ...] = ()
    line: int = 0
    #: How the type is known where nobody told it: `its name ends in _total`; empty where it was told.
    guessed: str = ""

    @property
    def bounds(self) -> tuple[float, ...]:
        """The finite bounds of a histogram's buckets, of all its series together, ascending."""
        texts = {each.labels["le"] for each in self.samples if "le" in each.labels}
        bounds = {bound for text in texts if (bound := number(text)) is not None}
        return tuple(sorted(bound for bound in bounds if -float("inf") < bound < float("inf")))

    def of(self, suffix: str) -> tuple[Sample, ...]:
        """The samples of one ending, `_count` for example."""
        return tuple(each for each in self.samples if each.name == self.name + suffix)

    @property
    def children(self) -> tuple[Sample, ...]:
        """One sample for each set of labels: of histograms and summaries the counts, else all."""
        if self.type in (FamilyType.HISTOGRAM, FamilyType.SUMMARY):
            return self.of("_count")
        if self.type is FamilyType.GAUGE_HISTOGRAM:
            return self.of("_gcount")
        return tuple(each for each in self.samples if not each.name.endswith("_created") or each.name == self.name)


#: What the samples of a family may be called beside its own name.
_ENDINGS: Mapping[FamilyType, tuple[str, ...]] = {
    FamilyType.COUNTER: ("_total", "_created"),
    FamilyType.HISTOGRAM: ("_bucket", "_sum", "_count", "_created"),
    FamilyType.SUMMARY: ("_sum", "_count", "_created"),
    FamilyType.INFO: ("_info",),
    FamilyType.GAUGE_HISTOGRAM: ("_bucket", "_gsum", "_gcount"),
}
_ALL_ENDINGS = tuple(dict.fromkeys(ending for endings in _ENDINGS.values() for ending in endings))
#: What OpenMetrics leaves out of the names of families.
_LEFT_OUT = {FamilyType.COUNTER: "_total", FamilyType.INFO: "_info"}


def number(text: str) -> float | None:
    """A number as expositions write them; None where it is none."""
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None


def gather(
    samples: Iterable[Sample], metadata: Mapping[str, Metadata], *, openmetrics: bool = False
) -> dict[str, Family]:
    """The families of samples, by name in the order of the alphabet; those that have no sample yet are there too."""
    owners: dict[str, str | None] = {}
    of_family: dict[str, list[Sample]] = {}
    untyped: dict[str, list[Sample]] = {}
    for sample in samples:
        if sample.name not in owners:
            owners[sample.name] = _owner(sample.name, metadata)
        owner = owners[sample.name]
        if owner is None or metadata[owner].type is FamilyType.UNKNOWN:
            untyped.setdefault(sample.name, []).append(sample)
        else:
            of_family.setdefault(owner, []).append(sample)
    found = [
        _family(key, meta, of_family.get(key, ()), openmetrics=openmetrics)
        for key, meta in metadata.items()
        if meta.type is not FamilyType.UNKNOWN
    ]
    found += _guessed(untyped, metadata)
    by_name: dict[str, Family] = {}
    for family in sorted(found, key=lambda each: (each.name, each.line)):
        by_name.setdefault(family.name, family)
    return {name: family for name, family in by_name.items() if not _is_start(family, by_name)}


def _owner(name: str, metadata: Mapping[str, Metadata]) -> str | None:
    """The key of the family that a sample of this name belongs to."""
    if name in metadata and metadata[name].type is not FamilyType.HISTOGRAM:
        return name
    for ending in _ALL_ENDINGS:
        base = name.removesuffix(ending)
        if base != name and base in metadata and ending in _ENDINGS.get(metadata[base].type, ()):
            return base
    return name if name in metadata else None


def _family(key: str, meta: Metadata, samples: Iterable[Sample], *, openmetrics: bool) -> Family:
    samples = tuple(samples)
    name, ending = key, _LEFT_OUT.get(meta.type)
    if ending and not key.endswith(ending) and (openmetrics or any(each.name == key + ending for each in samples)):
        name = key + ending
    line = meta.line or (samples[0].line if samples else 0)
    if meta.type is FamilyType.GAUGE and is_info(name, samples):
        # The older text format has no infos; they are gauges that are always 1.
        return Family(name=name, type=FamilyType.INFO, help=meta.help, unit="", samples=samples, line=line)
    return Family(name=name, type=meta.type, help=meta.help, unit=meta.unit, samples=samples, line=line)


def is_info(name: str, samples: Iterable[Sample]) -> bool:
    """Whether a gauge tells by its labels alone."""
    samples = tuple(samples)
    return name.endswith("_info") and bool(samples) and all(each.value == 1 and each.labels for each in samples)


def _is_start(family: Family, by_name: Mapping[str, Family]) -> bool:
    """Whether a gauge is `<counter>_created`, when another family's series began."""
    base = family.name.removesuffix("_created")
    if base == family.name or family.type is not FamilyType.GAUGE:
        return False
    counted = (FamilyType.COUNTER, FamilyType.HISTOGRAM, FamilyType.SUMMARY)
    return any(name in by_name and by_name[name].type in counted for name in (base, f"{base}_total"))


# -- guessing ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Shapes:
    """Series of which no type is known, by name; what is recognised is taken out."""

    left: dict[str, list[Sample]]
    metadata: Mapping[str, Metadata]
    found: list[Family] = field(default_factory=list)

    def take(self, name: str, kind: FamilyType, why: str, *parts: str) -> None:
        """Make a family of the series of these names."""
        samples = tuple(sample for part in parts for sample in self.left.pop(part, ()))
        meta = next((self.metadata[part] for part in (name, *parts) if part in self.metadata), Metadata())
        line = meta.line or (samples[0].line if samples else 0)
        self.found.append(
            Family(name=name, type=kind, help=meta.help, unit=meta.unit, samples=samples, line=line, guessed=why)
        )


def _guessed(untyped: Mapping[str, list[Sample]], metadata: Mapping[str, Metadata]) -> list[Family]:
    shapes = _Shapes(dict(untyped), metadata)
    for name in sorted(untyped):
        base = name.removesuffix("_bucket")
        if base != name and all("le" in each.labels for each in untyped[name]):
            parts = (name, f"{base}_sum", f"{base}_count")
            shapes.take(base, FamilyType.HISTOGRAM, "its buckets have le", *parts)
    for name in sorted(shapes.left):
        if name in shapes.left and all("quantile" in each.labels for each in shapes.left[name]):
            shapes.take(name, FamilyType.SUMMARY, "its series have quantile", name, f"{name}_sum", f"{name}_count")
    for name in sorted(shapes.left):
        base = name.removesuffix("_sum")
        if base != name and name in shapes.left and f"{base}_count" in shapes.left:
            shapes.take(base, FamilyType.SUMMARY, "there are _sum and _count", name, f"{base}_count")
    for name in sorted(shapes.left):
        if name.endswith("_total"):
            shapes.take(name, FamilyType.COUNTER, "its name ends in _total", name)
        elif is_info(name, shapes.left[name]):
            shapes.take(name, FamilyType.INFO, "its name ends in _info and it is always 1", name)
        else:
            shapes.take(name, FamilyType.GAUGE, "nothing says that it only grows", name)
    return shapes.found


def without_labels(families: Mapping[str, Family], labels: Iterable[str]) -> dict[str, Family]:
    """The families without some labels, those that Prometheus put on them for example."""
    unwanted = frozenset(labels)
    return {
        name: replace(
            family,
            samples=tuple(
                each._replace(labels={key: value for key, value in each.labels.items() if key not in unwanted})
                for each in family.samples
            ),
        )
        for name, family in families.items()
    }
