"""Signals: what is computed from metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Series of one metric: `where` keeps the listed values of a label, `where_not` drops them."""

    of: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    where_not: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


#: A sum over the series of one or several selectors.
Term = tuple[Selector, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """Events per second."""

    term: Term


@dataclass(frozen=True, slots=True)
class Increase:
    """Events in the window."""

    term: Term


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share: sums over sums, of counters (as rates) or of gauges; no value where the whole is zero."""

    part: Term
    whole: Term


@dataclass(frozen=True, slots=True)
class Quantile:
    """The `q`-quantile of a histogram, interpolated as PromQL's `histogram_quantile` does."""

    of: Selector
    q: float


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a histogram's observations; no value where there were none."""

    of: Selector


@dataclass(frozen=True, slots=True)
class Level:
    """A gauge, aggregated with `aggregate` (sum, max, min, avg)."""

    term: Term
    aggregate: str = "sum"


@dataclass(frozen=True, slots=True)
class Info:
    """The labels of an info metric."""

    of: Selector


@dataclass(frozen=True, slots=True)
class Raw:
    """PromQL that names metrics by their keys and the window as `$window`."""

    promql: str


Expression = Rate | Increase | Ratio | Quantile | Mean | Level | Info | Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What the numbers mean. `unit` is always set: seconds, bytes, ratio, per_second, bytes_per_second, count, ..."""

    key: str
    title: str
    expression: Expression
    unit: str
    description: str = ""
    #: `high`: more is better (hit ratio); `low`: less is better (errors); None: neither (traffic).
    good: str | None = None
    by: tuple[str, ...] = ()
    #: What the values of a state mean (`{0: "closed", 2: "open"}`); empty for a quantity.
    states: Mapping[int, str] = field(default_factory=dict)
