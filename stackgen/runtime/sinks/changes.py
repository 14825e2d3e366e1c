"""What has changed in a store since it was last looked at.

Counts are this process's own: each process of a prefork server sends its share, and the receiver adds them up. Gauges
are what all processes hold together, where they share a directory.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from stackgen.runtime.spec import Metric
from stackgen.runtime.store import DROPPED, Series, Store


class Counted(NamedTuple):
    """A counter went up by `amount`, which is above 0."""

    metric: Metric
    labels: Mapping[str, str]
    amount: float


class Observed(NamedTuple):
    """A histogram was given observations, at least one."""

    metric: Metric
    labels: Mapping[str, str]
    #: How many; exact, also where the exporter samples.
    number: int
    #: How many of them each bucket got, the last is +Inf; of an exporter that samples an estimate.
    buckets: tuple[float, ...]
    #: The sum of the observed values, in the metric's unit; NaN where one of them was.
    sum: float


class Held(NamedTuple):
    """A gauge holds this value now (of an info metric: 1), whether it has changed or not."""

    metric: Metric
    labels: Mapping[str, str]
    value: float


class Changes(NamedTuple):
    """What a sink is given: all that changed in one definition's metrics in so many seconds."""

    #: The definition's name.
    definition: str
    #: Seconds since the last ones; of the first, since the process began to record.
    seconds: float
    counted: tuple[Counted, ...]
    observed: tuple[Observed, ...]
    held: tuple[Held, ...]


class Reader:
    """Reads a store; each time what came since the time before, at first since the beginning."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.start_over()

    def start_over(self) -> None:
        """Take all that the store has as new."""
        self._then = self._store.started
        #: The totals up to which counters were read, and those up to which histograms were.
        self._counted: Sequence[float] = ()
        self._observed: Sequence[float] = ()

    def read(self) -> Changes:
        """What has changed. Not for two threads at once."""
        now, totals = time.monotonic(), self._store.own_totals()
        counted, observed = tuple(self._counters(totals)), tuple(self._histograms(totals))
        changes = Changes(self._store.spec.name, now - self._then, counted, observed, tuple(self._held()))
        self._then = now
        return changes

    def _counters(self, totals: Sequence[float]) -> list[Counted]:
        found = []
        for series in self._series("counter"):
            source = self._store.metrics[series.metric.count_of] if series.metric.count_of else series
            for labels, first in _known(source, len(totals)):
                slots = self._counting(source, first)
                amount = sum(_change(totals, self._counted, slots, slots))
                if amount > 0:
                    found.append(Counted(series.metric, labels, amount))
        self._counted = totals
        return found

    def _histograms(self, totals: Sequence[float]) -> list[Observed]:
        found = []
        read = list(totals)
        for series in self._series("histogram"):
            for labels, first in _known(series, len(totals)):
                counting = self._counting(series, first)
                count = sum(_change(totals, self._observed, counting, counting))
                every = range(first, first + series.buckets + 1)
                *buckets, total = _change(totals, self._observed, every, counting)
                if any(buckets):
                    found.append(Observed(series.metric, labels, round(count), tuple(buckets), total))
                elif count > 0:
                    # Of an exporter that samples, which has looked at none of these few yet; they wait for one.
                    slots = slice(first, first + series.width)
                    read[slots] = self._observed[slots] or [0.0] * series.width
        self._observed = read
        return found

    def _counting(self, series: Series, first: int) -> range:
        """The slots whose sum is exactly how often the series was recorded to."""
        if series.metric.type == "counter":
            return range(first, first + 1)
        if self._store.options.sampling < 1:
            return range(first + series.buckets + 1, first + series.buckets + 2)
        return range(first, first + series.buckets)

    def _held(self) -> Iterator[Held]:
        for series, values in self._store.held():
            for labels, value in values.items():
                yield Held(series.metric, dict(zip(series.label_names, labels, strict=True)), value)

    def _series(self, kind: str) -> list[Series]:
        return [each for key, each in self._store.metrics.items() if each.metric.type == kind and key != DROPPED]


def _known(series: Series, known: int) -> Iterator[tuple[dict[str, str], int]]:
    """Labels and first slot of the series that were there when the totals were taken."""
    for values, first in series.offsets.copy().items():
        if first + series.width <= known:
            yield dict(zip(series.label_names, values, strict=True)), first


def _change(now: Sequence[float], before: Sequence[float], slots: range, counting: range) -> list[float]:
    """How much each slot's total went up; where a count went down the series was reset, and all it has is new."""
    if len(before) <= max(slots[-1], counting[-1]) or any(now[slot] < before[slot] for slot in counting):
        return [now[slot] for slot in slots]
    return [now[slot] - before[slot] for slot in slots]
