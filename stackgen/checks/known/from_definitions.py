"""What definitions know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stackgen.checks.known.knowledge import Knowledge, Series
from stackgen.definition.model import Definition, Metric, MetricType
from stackgen.signals.pieces import bound_texts


def knowledge_of(
    definitions: Sequence[Definition], packs: Iterable[Definition] = (), anybodys: frozenset[str] = frozenset()
) -> Knowledge:
    """The knowledge of definitions; of packs only types and labels are taken, not that there is nothing else.

    `anybodys`: names of which packs are not believed, since too many systems may expose them.
    """
    everything = list(with_includes(definitions))
    prefixes = tuple(sorted({prefix for each in everything if each.events and (prefix := _prefix(each))}))
    series: dict[str, Series] = {}
    for pack in packs:  # what some other system exposes under a name that a definition has claimed is not exposed here
        believed = (each for each in series_of(pack) if each.name not in anybodys)
        series.update((each.name, each) for each in believed if not each.name.startswith(prefixes))
    for definition in everything:
        series.update((each.name, each) for each in series_of(definition))
    return Knowledge(
        series=series,
        prefixes=prefixes,
        scrape_interval=definitions[0].stack.scrape_interval if definitions else None,
        retention=definitions[0].stack.retention if definitions else None,
    )


def with_includes(definitions: Iterable[Definition]) -> Iterator[Definition]:
    """The definitions and all that they include, each once."""
    seen: set[tuple[str, str]] = set()
    waiting = list(definitions)
    while waiting:
        definition = waiting.pop(0)
        if (definition.name, definition.source) not in seen:
            seen.add((definition.name, definition.source))
            yield definition
            waiting.extend(definition.includes)


def series_of(definition: Definition) -> Iterator[Series]:
    """The series that a definition's metrics are exposed as."""
    for metric in definition.metrics.values():
        labels = frozenset(definition.labels_of(metric.key))
        values = {
            label: frozenset(known.values)
            for label in labels
            if (known := definition.labels.get(label)) is not None and known.values is not None
        }
        match metric.type:
            case MetricType.HISTOGRAM:
                yield from _histogram(definition, metric, labels, values)
            case MetricType.COUNTER:
                yield _series(
                    definition,
                    metric.exposed,
                    labels,
                    values,
                    counter=True,
                    unit=metric.exposed_unit or ("count" if metric.unit is None else None),
                )
            case MetricType.INFO:
                # What an info metric tells are labels that the application names when it starts.
                yield Series(name=metric.exposed, counter=False, origin=definition.name)
            case MetricType.GAUGE:
                yield _series(definition, metric.exposed, labels, values, counter=False, unit=metric.exposed_unit)
        if metric.type in (MetricType.HISTOGRAM, MetricType.COUNTER):
            yield _series(definition, f"{metric.family}_created", labels, values, counter=False, unit="timestamp")


def _histogram(
    definition: Definition, metric: Metric, labels: frozenset[str], values: dict[str, frozenset[str]]
) -> Iterator[Series]:
    edges = frozenset(text for bound in metric.buckets for text in bound_texts(definition, bound)) | {"+Inf"}
    yield Series(
        name=f"{metric.exposed}_bucket",
        counter=True,
        labels=labels | {"le"},
        values=values,
        buckets=metric.buckets,
        edges=edges,
        unit=metric.exposed_unit,
        origin=definition.name,
    )
    yield _series(definition, f"{metric.exposed}_sum", labels, values, counter=True, unit=metric.exposed_unit)
    yield _series(definition, f"{metric.exposed}_count", labels, values, counter=True, unit="count")


def _series(
    definition: Definition,
    name: str,
    labels: frozenset[str],
    values: dict[str, frozenset[str]],
    *,
    counter: bool,
    unit: str | None,
) -> Series:
    return Series(name=name, counter=counter, labels=labels, values=values, unit=unit, origin=definition.name)


def _prefix(definition: Definition) -> str:
    """What all names of a definition begin with, up to an underscore; empty where they have nothing in common."""
    names = [metric.exposed for metric in definition.metrics.values()]
    if not names:
        return ""
    if all(name.startswith(f"{definition.name}_") for name in names):
        return f"{definition.name}_"
    first, last = min(names), max(names)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length].rpartition("_")[0] + "_" if "_" in first[:length] and len(names) > 1 else ""
