"""The series that exist, with their types and labels, and how often and how long they are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Endings of counters' samples, by the conventions of Prometheus's exposition formats.
COUNTER_ENDINGS = ("_total", "_bucket", "_count", "_sum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Series of one name. What is not known is None."""

    name: str
    #: Whether they only grow; None: not known.
    counter: bool | None = None
    #: All labels but those of the target; None: not known.
    labels: frozenset[str] | None = None
    #: For labels with a closed set of values: those.
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: Of a histogram's buckets: the finite bounds.
    buckets: tuple[float, ...] = ()
    #: The values of `le`, as they are exposed.
    edges: frozenset[str] = frozenset()
    unit: str | None = None
    #: Who says so: a definition's name, `Prometheus`.
    origin: str = ""


#: Series that Prometheus makes by itself.
BUILT_IN = {
    name: Series(name=name, counter=False, labels=labels, origin="Prometheus itself")
    for name, labels in {
        "up": frozenset[str](),
        "scrape_duration_seconds": frozenset[str](),
        "scrape_samples_scraped": frozenset[str](),
        "scrape_samples_post_metric_relabeling": frozenset[str](),
        "scrape_series_added": frozenset[str](),
        "scrape_timeout_seconds": frozenset[str](),
        "scrape_sample_limit": frozenset[str](),
        "scrape_body_size_bytes": frozenset[str](),
        "ALERTS": None,
        "ALERTS_FOR_STATE": None,
    }.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """All that is known. Durations are in seconds, None where nobody said."""

    series: Mapping[str, Series] = field(default_factory=dict)
    #: Beginnings of names under which there is nothing but what `series` has.
    prefixes: tuple[str, ...] = ()
    #: Whether `series` has every name that there is.
    complete: bool = False
    scrape_interval: float | None = None
    retention: float | None = None

    def find(self, name: str) -> Series | None:
        """What is known of a name."""
        return self.series.get(name) or BUILT_IN.get(name)

    def told(self, name: str) -> bool:
        """Whether a definition or Prometheus says if a series is a counter; else its name alone may say so."""
        found = self.find(name)
        return found is not None and found.counter is not None

    def counter(self, name: str) -> bool | None:
        """Whether a series only grows: known, else by the ending of its name (`_total` and its like are counters)."""
        found = self.find(name)
        if found is not None and found.counter is not None:
            return found.counter
        if name.endswith(("_total", "_bucket")):
            return True
        return None

    def exists(self, name: str) -> bool | None:
        """Whether there are series of a name; None: not known."""
        if self.find(name) is not None:
            return True
        return False if self.complete or name.startswith(self.prefixes) else None
