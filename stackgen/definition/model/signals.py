"""Signals: what is computed from metrics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Series of one metric: `where` keeps the listed values of a label, `where_not` drops them.

    `where_matches` keeps those that match a regular expression as a whole, `where_not_matches` drops them.
    """

    of: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    where_not: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    where_matches: Mapping[str, str] = field(default_factory=dict)
    where_not_matches: Mapping[str, str] = field(default_factory=dict)

    @property
    def picked(self) -> tuple[str, ...]:
        """The labels by whose values series are picked out, each once."""
        return tuple(dict.fromkeys((*self.where, *self.where_not, *self.where_matches, *self.where_not_matches)))

    def keeps(self, label: str, value: str) -> bool:
        """Whether series with this value of a label are kept, as far as that label goes."""
        return (
            (label not in self.where or value in self.where[label])
            and value not in self.where_not.get(label, ())
            and (label not in self.where_matches or matches(self.where_matches[label], value))
            and not (label in self.where_not_matches and matches(self.where_not_matches[label], value))
        )


def matches(pattern: str, value: str) -> bool:
    """Whether a regular expression matches a value as a whole, which is how Prometheus matches."""
    return re.fullmatch(pattern, value, re.ASCII | re.DOTALL) is not None


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
class Age:
    """Seconds since the time that a gauge holds, of several the newest (`max`) or oldest (`min`); 0 has no age."""

    of: Selector
    aggregate: str = "max"


@dataclass(frozen=True, slots=True)
class Info:
    """The labels of an info metric."""

    of: Selector


@dataclass(frozen=True, slots=True)
class Raw:
    """PromQL that names metrics by their keys and the window as `$window`."""

    promql: str


Expression = Rate | Increase | Ratio | Quantile | Mean | Level | Age | Info | Raw


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
