"""Rates that panels do not compute from each series again and again: they are recorded as they become known.

On fifty targets with ten caches each, the rate of one histogram over three hours is that of a hundred thousand series,
and what a panel shows of it are a few lines. A recording keeps the labels that a dashboard narrows and splits by, and
drops the rest.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass

from stackgen.definition.model import TARGET_LABELS, UP, Definition, MetricType, Selector
from stackgen.definition.quantities import prometheus_duration

#: Scrapes in the window of a recorded rate.
_SCRAPES = 4
#: Recordings in a window. One would miss nothing; with three a stack that has just started soon has something to show,
#: and a panel over a day of ten thousand series still takes a fraction of a second.
_RECORDINGS = 3


@dataclass(frozen=True, slots=True)
class RecordedRate:
    """A recording rule: the name of the series, the expression behind it, and its labels."""

    name: str
    expr: str


def window(definition: Definition) -> float:
    """The window of recorded rates in seconds."""
    return _SCRAPES * definition.stack.scrape_interval


def interval(definition: Definition) -> float:
    """Seconds from one recording to the next; whole ones where they are not few."""
    exact = window(definition) / _RECORDINGS
    return float(round(exact)) if exact > 1 else exact


def width(definition: Definition, selector: Selector, suffix: str) -> int:
    """How many series of each set of bound labels a rate over a selector reads, as far as its closed labels tell."""
    if selector.of == UP:
        return 1
    metric = definition.metrics[selector.of]
    source = definition.metrics[metric.count_of] if metric.count_of else metric
    kept = []
    for name in source.labels:
        label = definition.labels[name]
        known = selector.where.get(name) or label.values
        if known:
            kept.append(sum(selector.keeps(name, value) for value in known))
        else:
            kept.append(label.budget - len(selector.where_not.get(name, ())))
    buckets = len(metric.buckets) + 1 if suffix == "_bucket" else 1
    return max(math.prod(kept), 1) * buckets


def recordable(definition: Definition, selector: Selector) -> bool:
    """Whether a selector is of counters, and of one of the definition's own metrics."""
    return selector.of != UP and definition.metrics[selector.of].type in (MetricType.COUNTER, MetricType.HISTOGRAM)


def kept_labels(definition: Definition, by: tuple[str, ...]) -> tuple[str, ...]:
    """The labels of a recording: those that every dashboard narrows by, then those that this panel splits by."""
    return tuple(dict.fromkeys((*TARGET_LABELS, *(label.name for label in definition.bound_labels), *by)))


def recorded_name(definition: Definition, selector: Selector, suffix: str, kept: tuple[str, ...]) -> str:
    """The name of a recorded rate: `level:metric:operations`, with what is picked out of the metric after its name."""
    metric = f"{definition.metrics[selector.of].exposed}{suffix}"
    picked = [f"{label}={'|'.join(values)}" for label, values in selector.where.items()]
    picked += [f"{label}!={'|'.join(values)}" for label, values in selector.where_not.items()]
    picked += [f"{label}=~{pattern}" for label, pattern in selector.where_matches.items()]
    picked += [f"{label}!~{pattern}" for label, pattern in selector.where_not_matches.items()]
    plain = not (selector.where_not or selector.where_matches or selector.where_not_matches)
    words = [word for label, values in selector.where.items() for word in (label, *values)]
    name = "_".join((metric.removesuffix("_total"), *words))
    if not plain or not re.fullmatch(r"\w+", name, re.ASCII) or len(name) > 120:
        # What does not fit into a name is told apart by its digest.
        name = f"{metric.removesuffix('_total')}_{hashlib.sha256('&'.join(picked).encode()).hexdigest()[:8]}"
    return f"{'_'.join(kept)}:{name}:rate{prometheus_duration(window(definition))}"
