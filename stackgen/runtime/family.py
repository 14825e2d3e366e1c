"""One metric family at a scrape: samples for prometheus_client, or text for whoever knows the short way.

The short way renders what does not change once: of a histogram the lines of a series, with a mark where the labels go,
and of each series its labels. A scrape puts numbers and labels in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, islice
from types import MappingProxyType

import prometheus_client.metrics_core as core
from prometheus_client.samples import Exemplar, Sample

from stackgen.runtime import numbers
from stackgen.runtime.spec import Metric

Values = tuple[str, ...]

#: Where a series' labels go in the lines of a histogram; no name and no number has it.
_MARK = "\0"


class Lines:
    """What does not change about a family's text."""

    __slots__ = ("_by_values", "_labels", "_names", "bounds", "empty", "heads", "metric", "template")

    def __init__(self, metric: Metric, label_names: tuple[str, ...]) -> None:
        self.metric = metric
        self._names = label_names
        #: The labels of each series as text, in the order in which the series were made.
        self._labels: list[str] = []
        #: The same for gauges, of which now one and now another has a value.
        self._by_values: dict[Values, str] = {}
        self.heads = {openmetrics: _head(metric, openmetrics) for openmetrics in (False, True)}
        self.bounds = [numbers.bound(edge) for edge in (*metric.buckets, float("inf"))]
        if metric.type == "histogram":
            name, comma = metric.exposed, "," if label_names else ""
            buckets = [f'{name}_bucket{{{_MARK}{comma}le="{bound}"}} %s\n' for bound in self.bounds]
            braces = f"{{{_MARK}}}" if label_names else ""
            self.template = "".join([*buckets, f"{name}_count{braces} %s\n{name}_sum{braces} %s\n"])
            #: The lines of a series that nothing was observed in.
            self.empty = self.template.replace("%s", "0")

    def labels(self, series: Mapping[Values, object]) -> list[str]:
        """The labels of series as text."""
        if self.metric.type in {"gauge", "info"}:
            texts = self._by_values
            return [texts.get(each) or texts.setdefault(each, label_text(self._names, each)) for each in series]
        # These are only ever added to.
        known = self._labels
        if len(known) < len(series):
            new = [label_text(self._names, values) for values in islice(series, len(known), None)]
            # Made aside and then put in place at once: another scrape may be doing the same.
            self._labels = known = [*known, *new]
        return known


class Family(core.Metric):
    """A family whose samples are made when somebody asks for them."""

    def __init__(
        self,
        lines: Lines,
        label_names: tuple[str, ...],
        offsets: Mapping[Values, int],
        values: Sequence[float],
        exemplars: Mapping[int, Exemplar] = MappingProxyType({}),
    ) -> None:
        metric = lines.metric
        self._samples: list[Sample] | None = None
        name = family_name(metric)
        super().__init__(name, metric.help, _kind(metric), metric.unit if name.endswith(f"_{metric.unit}") else "")
        self.metric = metric
        self._lines = lines
        self._label_names = label_names
        self._offsets = offsets
        #: By slot for histograms; in the order of `offsets` for the others.
        self._values = values
        self._exemplars = exemplars

    def __len__(self) -> int:
        """How many samples it has; a histogram's buckets, sum and count are samples too."""
        wide = len(self.metric.buckets) + 3 if self.metric.type == "histogram" else 1
        return len(self._offsets) * wide

    def __bool__(self) -> bool:
        """A family is something, even without samples."""
        return True

    @property
    def samples(self) -> list[Sample]:
        """The samples, as `prometheus_client` wants them."""
        if self._samples is None:
            self._samples = self._histogram() if self.metric.type == "histogram" else self._plain()
        return self._samples

    @samples.setter
    def samples(self, samples: list[Sample]) -> None:
        # The base class starts with an empty list; only one with something in it was put there on purpose.
        self._samples = samples or None

    def _plain(self) -> list[Sample]:
        return [
            Sample(self.metric.exposed, dict(zip(self._label_names, labels, strict=True)), float(value))
            for labels, value in zip(self._offsets, self._values, strict=True)
        ]

    def _histogram(self) -> list[Sample]:
        name, bounds = self.metric.exposed, self._lines.bounds
        samples: list[Sample] = []
        for values, first in self._offsets.items():
            labels = dict(zip(self._label_names, values, strict=True))
            last = first + len(bounds)
            counts = [float(count) for count in accumulate(self._values[first:last])]
            samples += (
                Sample(f"{name}_bucket", {**labels, "le": bound}, count, None, self._exemplars.get(slot))
                for slot, bound, count in zip(range(first, last), bounds, counts, strict=True)
            )
            samples.append(Sample(f"{name}_count", labels, counts[-1]))
            samples.append(Sample(f"{name}_sum", labels, float(self._values[last])))
        return samples

    def text(self, *, openmetrics: bool) -> Iterable[str]:
        """The family in one of both text formats, in pieces."""
        yield self._lines.heads[openmetrics]
        # Every series has as many labels' texts as there were series when the offsets were copied, or more.
        labels = self._lines.labels(self._offsets)
        if self.metric.type != "histogram":
            yield from self._plain_lines(labels)
        elif openmetrics and self._exemplars:
            yield from self._lines_with_exemplars(labels)
        else:
            yield from self._histogram_lines(labels)

    def _plain_lines(self, labels: list[str]) -> list[str]:
        name = self.metric.exposed
        if not self._label_names:
            return [f"{name} {numbers.short(value)}\n" for value in self._values]
        return [
            f"{name}{{{text}}} {value if type(value) is int else numbers.short(value)}\n"
            for text, value in zip(labels, self._values, strict=False)
        ]

    def _histogram_lines(self, labels: list[str]) -> Iterable[str]:
        values, wide = self._values, len(self._lines.bounds)
        template, empty = self._lines.template, self._lines.empty
        for text, first in zip(labels, self._offsets.values(), strict=False):
            last = first + wide
            counts = values[first:last]
            if any(counts):
                counts = tuple(accumulate(counts))
                total = values[last]
                # What is not finite is written in its own way.
                shown = total if total - total == 0 else numbers.number(total)
                yield (template % (*counts, counts[-1], shown)).replace(_MARK, text)
            else:
                yield empty.replace(_MARK, text)

    def _lines_with_exemplars(self, labels: list[str]) -> Iterable[str]:
        wide = len(self._lines.bounds)
        plain = self._histogram_lines(labels)
        for lines, first in zip(plain, self._offsets.values(), strict=False):
            found = [self._exemplars.get(slot) for slot in range(first, first + wide)]
            if not any(found):
                yield lines
                continue
            # Buckets come first, a line each, so bucket and line have the same number.
            each = lines.split("\n")
            for index, exemplar in enumerate(found):
                if exemplar is not None:
                    each[index] += _exemplar_text(exemplar)
            yield "\n".join(each)


def _exemplar_text(exemplar: Exemplar) -> str:
    trace = label_text(tuple(exemplar.labels), tuple(exemplar.labels.values()))
    return f" # {{{trace}}} {numbers.number(exemplar.value)} {exemplar.timestamp}"


def label_text(names: tuple[str, ...], values: Values) -> str:
    """Labels as both formats have them between the braces."""
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def family_name(metric: Metric) -> str:
    """The name of the family: that of its samples without the type's suffix."""
    suffix = {"counter": "_total", "info": "_info"}.get(metric.type, "")
    return metric.exposed.removesuffix(suffix)


def _kind(metric: Metric) -> str:
    """The type; a counter that is exposed without `_total` is none to OpenMetrics."""
    plain = metric.type == "counter" and not metric.exposed.endswith("_total")
    return "unknown" if plain else metric.type


def _head(metric: Metric, openmetrics: bool) -> str:
    name, kind, text = family_name(metric), _kind(metric), metric.help
    if openmetrics:
        unit = f"# UNIT {name} {metric.unit}\n" if metric.unit and name.endswith(f"_{metric.unit}") else ""
        return f"# HELP {name} {_escaped(text)}\n# TYPE {name} {kind}\n{unit}"
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    kind = {"info": "gauge", "unknown": "untyped"}.get(kind, kind)
    return f"# HELP {metric.exposed} {text}\n# TYPE {metric.exposed} {kind}\n"
