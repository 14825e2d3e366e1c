"""What a rate over a window has to be, by the workload's own counts: bounds that hold, whatever the luck.

Prometheus takes what was added between the first and the last sample of a window, and extends it to the window's ends.
When it scraped is known, and what the workload had counted just before and just after each of these scrapes. So there
are two numbers between which the rate is for certain, and nothing here is a tolerance that somebody chose.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isinf
from typing import Any, TypeAlias

from tests.integration.stack.ledger import Reading, Series

#: Seconds between two looks of the workload at Redis and its pools, or a little less.
GAUGES_SET_EVERY = 0.9

#: What is counted of a series: a number of a reading's amount.
Count: TypeAlias = Callable[[Any], float]


@dataclass(frozen=True, slots=True)
class Span:
    """Two bounds; the value is between them."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether it is a value within, but for what floating point loses."""
        slack = 1e-6 * max(abs(self.low), abs(self.high), 1e-6)
        return self.low - slack <= value <= self.high + slack


@dataclass(frozen=True, slots=True)
class Rate:
    """How much was added per second, and the least that Prometheus makes of it.

    It does not extend a counter back to where it would have been below 0, so what has just begun to count looks slower.
    """

    low: float
    high: float
    least: float

    @property
    def span(self) -> Span:
        """The bounds of what is shown."""
        return Span(self.least, self.high)


@dataclass(frozen=True)
class Scrapes:
    """The scrapes that a window held, and what the workload had counted around the first and the last of them."""

    times: Sequence[float]
    first: tuple[Reading, Reading]
    last: tuple[Reading, Reading]

    def rate(self, series: Sequence[Series], count: Count, at: float, length: float) -> Rate:
        """The sum of the rates of some series over the `length` seconds before `at`."""
        sampled = self.times[-1] - self.times[0]
        apart = sampled / (len(self.times) - 1)
        start, end = (
            gap if gap < 1.1 * apart else apart / 2
            for gap in (self.times[0] - (at - length), at - self.times[-1])
        )  # fmt: skip
        low = high = least = 0.0
        for each in series:
            began = [count(reading.series[each]) if each in reading.series else 0.0 for reading in self.first]
            ended = [count(reading.series[each]) if each in reading.series else 0.0 for reading in self.last]
            added = Span(max(ended[0] - began[1], 0.0), ended[1] - began[0])
            whole = (sampled + start + end) / sampled / length
            known = whole if began[0] * sampled >= added.high * start else (sampled + end) / sampled / length
            low, high, least = low + added.low * whole, high + added.high * whole, least + added.low * known
        return Rate(low, high, least)


@dataclass(frozen=True)
class Window:
    """The seconds before a moment over which panels show rates.

    `scrapes` has one entry, or two where it is not known whether the last scrape was stored when rates were recorded.
    """

    at: float
    length: float
    scrapes: Sequence[Scrapes]

    @cached_property
    def series(self) -> Sequence[Series]:
        """All series that there are at its end."""
        return list(self.scrapes[0].last[1].series)

    def select(self, metric: str, **where: Sequence[str]) -> list[Series]:
        """The series of a metric with one of the given values in each of the given labels."""
        return [
            (name, labels)
            for name, labels in self.series
            if name == metric and all(dict(labels)[label] in values for label, values in where.items())
        ]

    def rate(self, series: Sequence[Series], count: Count) -> Rate:
        """The sum of the rates of some series."""
        found = [each.rate(series, count, self.at, self.length) for each in self.scrapes]
        return Rate(min(r.low for r in found), max(r.high for r in found), min(r.least for r in found))

    def share(self, part: Rate, rest: Rate) -> Span | None:
        """What a part is of itself and the rest; None where it is not certain that there was anything."""
        if part.least + rest.least <= 0:
            return None
        if len(self.scrapes) > 1:  # the part may be of other scrapes than the whole
            return Span(part.least / (part.high + rest.high), part.high / (part.least + rest.least))
        told = (part.least + rest.least) / (part.low + rest.low)
        low = part.least / (part.low + rest.high) if part.least else 0.0
        return Span(low, part.high / (part.high + rest.low) / told if part.high else 0.0)

    def quantile(self, q: float, series: Sequence[Series], edges: Sequence[float]) -> Span | None:
        """The buckets of the exporter within which the quantile lies; None where there may have been nothing."""
        low, high = 0.0, edges[-1]
        for edge in edges:
            found = self.share(self.rate(series, self.below(edge)), self.rate(series, self.above(edge)))
            if found is None:
                return None
            if found.high < q:
                low = edge
            if found.low >= q:
                high = edge
                break
        return Span(low, max(low, high))

    def mean(self, series: Sequence[Series]) -> Span | None:
        """The mean duration; None where there may have been nothing."""
        took, ended = self.rate(series, seconds), self.rate(series, number)
        return Span(took.least / ended.high, took.high / ended.least) if ended.least else None

    def below(self, edge: float) -> Count:
        """Counts the durations up to an edge."""
        buckets = None if isinf(edge) else bisect_right(self.bounds, edge)
        return lambda durations: sum(durations["buckets"][:buckets])

    def above(self, edge: float) -> Count:
        """Counts the durations above an edge."""
        buckets = bisect_right(self.bounds, edge)
        return lambda durations: sum(durations["buckets"][buckets:])

    @cached_property
    def bounds(self) -> Sequence[float]:
        """The bounds of the workload's own buckets."""
        return self.scrapes[0].last[1].bounds

    @property
    def close(self) -> bool:
        """Whether the readings around its scrapes are so close that no gauge was set twice in between."""
        around = [between for each in self.scrapes for between in (each.first, each.last)]
        return all(after.answered - before.asked < GAUGES_SET_EVERY for before, after in around)

    def level(self, series: Series) -> Span | None:
        """What a gauge was when it was scraped last; None where a value of it may not have been read."""
        if not self.close:
            return None
        values = [reading.series[series] for reading in self.scrapes[0].last]
        return Span(min(values), max(values))


def number(amount: Any) -> float:
    """How many: of durations their count."""
    return float(amount["count"] if isinstance(amount, Mapping) else amount)


def seconds(durations: Any) -> float:
    """How long all of the durations together."""
    return float(durations["seconds"])
