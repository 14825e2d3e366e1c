"""Signals worked out in process, over its life or a window, from the same cells that are exposed.

A window reaches back to the totals that `history` kept; `covered` says how far that was.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from stackgen.runtime.history import Kept
from stackgen.runtime.spec import Selector, Signal, Spec
from stackgen.runtime.store import Series, Store, Values

#: The windows that can be asked for, in seconds.
WINDOWS = {"1m": 60.0, "5m": 300.0, "1h": 3600.0}

#: A signal's value: None where there is none (no traffic, nothing observed), by label values where it is split.
Value = float | None | Mapping[str, float] | Mapping[tuple[str, ...], float]


class _Found(NamedTuple):
    """A series that belongs to an exporter."""

    metric: Series
    values: Values
    slot: int
    #: Of a counter that is a histogram's exact count in a sampled exporter: it has a slot of its own.
    exact: bool = False


#: Series by the values of the labels that a signal is split by.
_Groups = dict[tuple[str, ...], list[_Found]]


class Calculation:
    """The signals of one exporter between two states of its store."""

    def __init__(
        self, store: Store, fixed: Mapping[str, str], now: Sequence[float], then: Sequence[float], seconds: float
    ) -> None:
        self._store = store
        self._fixed = fixed
        self._now = now
        self._then = then
        #: The seconds between the two.
        self.seconds = seconds
        #: By the metric that has the numbers: this exporter's series, with their labels.
        self._own: dict[str, list[tuple[dict[str, str], _Found]]] = {}

    def value(self, signal: Signal) -> Value:
        """The signal's value; of a split one the value for each combination of its labels."""
        of, whole = self._grouped(signal.of, signal.by), self._grouped(signal.whole, signal.by)
        if not signal.by:
            return self._single(signal, of.get((), []), whole.get((), []))
        values = {group: self._single(signal, series, whole.get(group, [])) for group, series in of.items()}
        found = {group: value for group, value in values.items() if value is not None}
        if len(signal.by) == 1:
            return MappingProxyType({group[0]: value for group, value in found.items()})
        return MappingProxyType(found)

    def _single(self, signal: Signal, of: list[_Found], whole: list[_Found]) -> float | None:
        """The value of one group, whose series these are; `whole` is what a ratio divides by."""
        match signal.kind:
            case "level":
                return _aggregated(signal.aggregate, self._levels(of))
            case "age":
                # A gauge that was never set holds 0, which is no time.
                newest = _aggregated(signal.aggregate, [each for each in self._levels(of) if each])
                return None if newest is None else time.time() - newest
            case "quantile":
                return self._quantile(signal.q, of)
            case "mean":
                return _share(sum(self._change(each.slot + each.metric.buckets) for each in of), self._events(of))
            case "ratio" if self._metric(signal.of[0]).metric.type == "gauge":
                part = self._levels(of)
                return _share(sum(part), sum(self._levels(whole))) if part else None
            case "ratio":
                return _share(self._events(of), self._events(whole))
            case "rate":
                return _share(self._events(of), self.seconds)
            case "increase":
                return self._events(of)

    def _grouped(self, term: tuple[Selector, ...], by: tuple[str, ...]) -> _Groups:
        """The series that the term selects; all of them are looked at once, however many groups there are."""
        groups: _Groups = {}
        for selector in term:
            metric = self._metric(selector)
            exact = metric.metric.key != selector.metric and self._store.options.sampling < 1
            for labels, found in self._series(metric):
                if _selected(selector, labels):
                    group = tuple(labels.get(name, "") for name in by)
                    groups.setdefault(group, []).append(found._replace(exact=True) if exact else found)
        return groups

    def _series(self, metric: Series) -> list[tuple[dict[str, str], _Found]]:
        """The metric's series that belong to this exporter."""
        found = self._own.get(metric.metric.key)
        if found is None:
            names = metric.label_names
            fixed = [(index, self._fixed[name]) for index, name in enumerate(names) if name in self._fixed]
            found = self._own[metric.metric.key] = [
                (dict(zip(names, values, strict=True)), _Found(metric, values, slot))
                for values, slot in metric.offsets.copy().items()
                if all(values[index] == value for index, value in fixed)
            ]
        return found

    def _metric(self, selector: Selector) -> Series:
        """Where the metric's numbers are: a counter that is a histogram's count has them there."""
        series = self._store.metrics[selector.metric]
        return self._store.metrics[series.metric.count_of] if series.metric.count_of else series

    def _change(self, slot: int) -> float:
        now = self._now[slot] if slot < len(self._now) else 0.0
        return now - (self._then[slot] if slot < len(self._then) else 0.0)

    def _events(self, series: list[_Found]) -> float:
        """How much counters, or the counts of histograms, went up."""
        return sum(self._change(slot) for each in series for slot in _counting(each))

    def _quantile(self, q: float, series: list[_Found]) -> float | None:
        if not series:
            return None
        metric = series[0].metric
        counts = [sum(self._change(each.slot + index) for each in series) for index in range(metric.buckets)]
        return quantile(q, metric.metric.buckets, counts)

    def _levels(self, series: list[_Found]) -> list[float]:
        """What those of the gauges hold that have a value."""
        gauges = [(each.metric, each.metric.gauges.get(each.values)) for each in series]
        values = [self._store.value_of(metric, gauge) for metric, gauge in gauges if gauge is not None]
        return [value for value in values if value is not None]


def _selected(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Whether a series with these labels is one of a selector's."""
    return (
        all(labels[name] in allowed for name, allowed in selector.where.items())
        and not any(labels[name] in barred for name, barred in selector.where_not.items())
        and all(_matches(pattern, labels[name]) for name, pattern in selector.where_matches.items())
        and not any(_matches(pattern, labels[name]) for name, pattern in selector.where_not_matches.items())
    )


def _matches(pattern: str, value: str) -> bool:
    """Whether a regular expression matches a value as a whole, as in Prometheus."""
    return re.fullmatch(pattern, value, re.ASCII | re.DOTALL) is not None


def _counting(series: _Found) -> Iterable[int]:
    """The slots that add up to the number of a series' events."""
    if series.metric.metric.type != "histogram":
        return (series.slot,)
    if series.exact:
        # The counter is exact, the histogram that it counts is sampled.
        return (series.slot + series.metric.buckets + 1,)
    return range(series.slot, series.slot + series.metric.buckets)


def quantile(q: float, bounds: Sequence[float], counts: Sequence[float]) -> float | None:
    """The `q`-quantile of a histogram's buckets (not cumulative; the last is +Inf), as `histogram_quantile` has it.

    Linear between a bucket's bounds, from 0 in the first one if its bound is positive; the highest finite bound for
    what lies above it. None where nothing was observed. (Prometheus, promql/quantile.go, bucketQuantile.)
    """
    total = sum(counts)
    if not total > 0 or not bounds:
        return None
    rank = q * total
    below = 0.0
    for index, count in enumerate(counts[:-1]):
        if below + count >= rank and count:
            start = bounds[index - 1] if index else 0.0
            if index == 0 and bounds[0] <= 0:
                return bounds[0]
            return start + (bounds[index] - start) * ((rank - below) / count)
        below += count
    return bounds[-1]


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _aggregated(how: str, values: list[float]) -> float | None:
    if not values:
        return None
    match how:
        case "max":
            return max(values)
        case "min":
            return min(values)
        case "avg":
            return sum(values) / len(values)
        case _:
            return sum(values)


def signals(spec: Spec, store: Store | None, fixed: Mapping[str, str], window: str | None) -> list[Value]:
    """The time covered, in seconds, and then every signal of the definition, in its order.

    Raises ValueError for a window that there is not.
    """
    if window is not None and window not in WINDOWS:
        message = f"window {window!r}: choose one of {', '.join(WINDOWS)}, or None for all of the process's life"
        raise ValueError(message)
    if store is None:
        return [0.0, *(MappingProxyType({}) if signal.by else None for signal in spec.signals)]
    calculation = calculate(store, fixed, None if window is None else WINDOWS[window])
    return [calculation.seconds, *(calculation.value(signal) for signal in spec.signals)]


def calculate(store: Store, fixed: Mapping[str, str], window: float | None) -> Calculation:
    """What signals are worked out from, over a window of so many seconds, an hour at most, or the process's life."""
    now, totals = time.monotonic(), store.own_totals()
    then = Kept(store.started, ())
    if window is not None:
        store.history.active = True
        then = store.history.before(window) or then
        if now - store.started <= window:
            then = Kept(store.started, ())
    if store.history.active:
        store.history.keep(totals)
    return Calculation(store, fixed, totals, then.totals, now - then.time)
