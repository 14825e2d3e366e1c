"""What each signal of the cache definition has to show, by the workload's own counts and by what it says it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from stackgen.definition import load
from stackgen.workload.breaker import CircuitState
from tests.integration.stack.ledger import Series
from tests.integration.stack.window import Span, Window, number

#: The labels of one series of a panel.
Labels: TypeAlias = Mapping[str, str]
#: What a signal is for one set of labels; None where it may have no value.
Signal: TypeAlias = Callable[[Window, Labels], Span | None]

_METRICS = load("cache").metrics
#: The edges of the buckets of the heatmap, as labels.
EDGES = (*(f"{edge:g}" for edge in _METRICS["operation_duration"].buckets), "inf")
_FOUND = ("hit", "stale")
_LOOKED_UP = (*_FOUND, "miss")


def _select(window: Window, metric: str, labels: Labels, **where: Sequence[str]) -> list[Series]:
    """The series of a metric that have these labels, as far as the metric has them, and one of the values of each."""
    found = window.select(metric, **where)
    return [each for each in found if labels.items() <= dict(each[1]).items()]


def _rate(metric: str, **where: Sequence[str]) -> Signal:
    return lambda window, labels: window.rate(_select(window, metric, labels, **where), number).span


def _lookups(part: Sequence[str], rest: Sequence[str]) -> Signal:
    def share(window: Window, labels: Labels) -> Span | None:
        of, others = (_select(window, "operation_duration", labels, operation=["get"], result=r) for r in (part, rest))
        return window.share(window.rate(of, number), window.rate(others, number))

    return share


def _failed(window: Window, labels: Labels) -> Span | None:
    bad = _select(window, "operation_duration", labels, result=["error"])
    rest = [each for each in _select(window, "operation_duration", labels) if each not in bad]
    return window.share(window.rate(bad, number), window.rate(rest, number))


def _quantile(q: float, metric: str, **where: Sequence[str]) -> Signal:
    edges = _METRICS[metric].buckets
    return lambda window, labels: window.quantile(q, _select(window, metric, labels, **where), edges)


def _up_to_an_edge(window: Window, labels: Labels) -> Span | None:
    """Of a heatmap: how many durations of the window were not longer than an edge."""
    span = window.rate(_select(window, "operation_duration", {}), window.below(float(labels["le"]))).span
    return Span(span.low * window.length, span.high * window.length)


def _level(metric: str, together: Callable[[Sequence[float]], float], **where: Sequence[str]) -> Signal:
    def level(window: Window, labels: Labels) -> Span | None:
        levels = [window.level(each) for each in _select(window, metric, labels, **where)]
        spans = [span for span in levels if span is not None]
        if len(spans) < len(levels):
            return None
        return Span(together([span.low for span in spans]), together([span.high for span in spans]))

    return level


def _part(part: Signal, whole: Signal) -> Signal:
    def share(window: Window, labels: Labels) -> Span | None:
        of, limit = part(window, labels), whole(window, labels)
        return Span(of.low / limit.high, of.high / limit.low) if of and limit and limit.low > 0 else None

    return share


_IN_USE = _level("pool_connections", sum, state=["in_use"])

#: By the key of the signal, which is the refId of a panel's query.
SIGNALS: Mapping[str, Signal] = {
    "hit_ratio": _lookups(_FOUND, ["miss"]),
    "stale_ratio": _lookups(["stale"], ["hit", "miss"]),
    "lookups": _rate("operation_duration", operation=["get"], result=_LOOKED_UP),
    "throughput": _rate("operation_duration"),
    "error_ratio": _failed,
    "errors": _rate("errors"),
    "retries": _rate("retry"),
    "latency_p50": _quantile(0.5, "operation_duration"),
    "latency_p90": _quantile(0.9, "operation_duration"),
    "latency_p99": _quantile(0.99, "operation_duration"),
    "latency_mean": lambda window, labels: window.mean(_select(window, "operation_duration", labels)),
    "hit_latency_p99": _quantile(0.99, "operation_duration", operation=["get"], result=["hit"]),
    "miss_latency_p99": _quantile(0.99, "operation_duration", operation=["get"], result=["miss"]),
    "operation_duration": _up_to_an_edge,
    "loads": _rate("load_duration"),
    "load_p50": _quantile(0.5, "load_duration"),
    "load_p99": _quantile(0.99, "load_duration"),
    "recalculations": _rate("recalculation"),
    "wait_timeouts": _rate("wait_timeout"),
    "size_limit_rejections": _rate("size_limit_rejection"),
    "evictions": _rate("eviction"),
    "pool_waits": _rate("pool_wait_duration"),
    "pool_wait_p99": _quantile(0.99, "pool_wait_duration"),
    "probe_p99": _quantile(0.99, "probe_duration"),
    "pool_connections": _level("pool_connections", sum),
    "pool_in_use": _IN_USE,
    "pool_limit": _level("pool_limit", sum),
    "pool_share": _part(_IN_USE, _level("pool_limit", sum)),
    "entries": _level("entries", max),
    "size": _level("size", max),
    "size_limit": _level("size_limit", max),
    "memory_share": _part(_level("size", sum), _level("size_limit", sum)),
    "fragmentation": _level("fragmentation", max),
    "circuit_breaker": _level("circuit_breaker_state", max),
    "health": _level("health_state", max),
    "targets_up": lambda window, labels: Span(1, 1),  # its counts could be read, so it was there to be scraped
}

#: What each scenario, and a Redis that hangs, is meant to show: by signal, a condition on a value of it that is shown.
#: A window may be half before the phase began or after it ended, so the limits are half way from normal at most.
MOVED: Mapping[str, Mapping[str, Callable[[float], bool]]] = {
    "normal": {
        "hit_ratio": lambda value: value > 0.5,
        "lookups": lambda value: value > 50,
        "throughput": lambda value: value > 50,
        "error_ratio": lambda value: value < 0.01,
        "latency_p50": lambda value: 0 < value < 0.1,
        "operation_duration": lambda value: value > 100,
        "loads": lambda value: value > 5,
        "load_p50": lambda value: value > 0.005,
        "recalculations": lambda value: value > 0,
        "stale_ratio": lambda value: value > 0,
        "size_limit_rejections": lambda value: value > 0,
        "entries": lambda value: value > 100,
        "fragmentation": lambda value: value > 0,
        "probe_p99": lambda value: value > 0,
        "circuit_breaker": lambda value: value == 0,
        "health": lambda value: value == 0,
        "targets_up": lambda value: value == 1,
    },
    "cold": {"hit_ratio": lambda value: value < 0.6, "loads": lambda value: value > 60},
    "slow": {
        "latency_p99": lambda value: value > 0.1,
        "hit_latency_p99": lambda value: value > 0.1,
        "latency_mean": lambda value: value > 0.005,
    },
    "errors": {
        "error_ratio": lambda value: value > 0.02,
        "errors": lambda value: value > 1,
        "retries": lambda value: value > 1,
    },
    "burst": {
        "evictions": lambda value: value > 10,
        "memory_share": lambda value: value > 0.4,
        "pool_share": lambda value: value > 0.8,
        "pool_waits": lambda value: value > 10,
        "pool_wait_p99": lambda value: value > 0.01,
        "latency_p99": lambda value: value > 0.1,
    },
    "redis hangs": {
        "error_ratio": lambda value: value > 0.1,
        "circuit_breaker": lambda value: value == CircuitState.OPEN,
        "health": lambda value: value == 2,
    },
}
