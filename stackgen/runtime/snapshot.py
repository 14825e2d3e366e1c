"""Signals worked out in process, over its life or a window, from the same cells that are exposed.

A window reaches back to the totals that `history` kept; `covered` says how far that was.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from stackgen.runtime.history import Kept
from stackgen.runtime.spec import Selector, Signal, Spec
from stackgen.runtime.store import Series, Store

#: The windows that can be asked for, in seconds.
WINDOWS = {"1m": 60.0, "5m": 300.0, "1h": 3600.0}

#: A signal's value: None where there is none (no traffic, nothing observed), by label values where it is split.
Value = float | None | Mapping[str, float] | Mapping[tuple[str, ...], float]


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

    def value(self, signal: Signal) -> Value:
        """The signal's value; of a split one the value for each combination of its labels."""
        groups: dict[tuple[str, ...], None] = {}
        for selector in signal.of:
            groups.update(dict.fromkeys(self._group(signal.by, labels) for labels, _ in self._select(selector)))
        if not signal.by:
            return self._single(signal, ())
        found = {group: value for group in groups if (value := self._single(signal, group)) is not None}
        if len(signal.by) == 1:
            return MappingProxyType({group[0]: value for group, value in found.items()})
        return MappingProxyType(found)

    def _single(self, signal: Signal, group: tuple[str, ...]) -> float | None:
        match signal.kind:
            case "level":
                return _aggregated(signal.aggregate, self._levels(signal, group))
            case "quantile":
                return self._quantile(signal, group)
            case "mean":
                return _share(self._sum(signal, group), self._events(signal.of, signal.by, group))
            case "ratio":
                return self._ratio(signal, group)
            case "rate":
                return _share(self._events(signal.of, signal.by, group), self.seconds)
            case "increase":
                return self._events(signal.of, signal.by, group)

    def _select(self, selector: Selector) -> Iterator[tuple[dict[str, str], int]]:
        """Labels and first slot of the selector's series that belong to this exporter."""
        series = self._series(selector)
        for values, slot in series.offsets.copy().items():
            labels = dict(zip(series.label_names, values, strict=True))
            if (
                all(labels[name] == value for name, value in self._fixed.items() if name in labels)
                and all(labels[name] in allowed for name, allowed in selector.where.items())
                and not any(labels[name] in barred for name, barred in selector.where_not.items())
            ):
                yield labels, slot

    def _series(self, selector: Selector) -> Series:
        """Where the metric's numbers are: a counter that is a histogram's count has them there."""
        series = self._store.metrics[selector.metric]
        return self._store.metrics[series.metric.count_of] if series.metric.count_of else series

    def _group(self, by: tuple[str, ...], labels: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(labels.get(name, "") for name in by)

    def _slots(self, selector: Selector, by: tuple[str, ...], group: tuple[str, ...]) -> list[int]:
        return [slot for labels, slot in self._select(selector) if self._group(by, labels) == group]

    def _change(self, slot: int) -> float:
        now = self._now[slot] if slot < len(self._now) else 0.0
        return now - (self._then[slot] if slot < len(self._then) else 0.0)

    def _events(self, term: tuple[Selector, ...], by: tuple[str, ...], group: tuple[str, ...]) -> float:
        """How much the term's counters went up."""
        total = 0.0
        for selector in term:
            series, slots = self._series(selector), self._slots(selector, by, group)
            if series.metric.type != "histogram":
                total += sum(map(self._change, slots))
            elif self._store.metrics[selector.metric] is not series and self._store.options.sampling < 1:
                # The counter is exact, the histogram that it counts is sampled.
                total += sum(self._change(slot + series.buckets + 1) for slot in slots)
            else:
                total += sum(self._change(slot + index) for slot in slots for index in range(series.buckets))
        return total

    def _sum(self, signal: Signal, group: tuple[str, ...]) -> float:
        (selector,) = signal.of
        series = self._series(selector)
        return sum(self._change(slot + series.buckets) for slot in self._slots(selector, signal.by, group))

    def _quantile(self, signal: Signal, group: tuple[str, ...]) -> float | None:
        (selector,) = signal.of
        series, slots = self._series(selector), self._slots(selector, signal.by, group)
        counts = [sum(self._change(slot + index) for slot in slots) for index in range(series.buckets)]
        return quantile(signal.q, series.metric.buckets, counts)

    def _levels(self, signal: Signal, group: tuple[str, ...]) -> list[float]:
        return [value for selector in signal.of for value in self._gauges(selector, signal.by, group)]

    def _gauges(self, selector: Selector, by: tuple[str, ...], group: tuple[str, ...]) -> Iterator[float]:
        series = self._series(selector)
        for labels, _ in self._select(selector):
            gauge = series.gauges.get(tuple(labels[name] for name in series.label_names))
            value = self._store.value_of(series, gauge) if gauge is not None else None
            if value is not None and self._group(by, labels) == group:
                yield value

    def _ratio(self, signal: Signal, group: tuple[str, ...]) -> float | None:
        if self._series(signal.of[0]).metric.type == "gauge":
            part = self._levels(signal, group)
            whole = self._levels(signal._replace(of=signal.whole), group)
            return _share(sum(part), sum(whole)) if part else None
        return _share(self._events(signal.of, signal.by, group), self._events(signal.whole, signal.by, group))


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
