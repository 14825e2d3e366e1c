"""Every series of one definition in one registry: their slots, their values, and the collector that exposes them."""

from __future__ import annotations

import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

from prometheus_client.samples import Exemplar

from stackgen.runtime.cells import Cells
from stackgen.runtime.family import Family, Lines
from stackgen.runtime.gauges import Gauge, SharedGauge
from stackgen.runtime.history import History
from stackgen.runtime.spec import OTHER, Label, Metric, Spec

if TYPE_CHECKING:
    from stackgen.runtime.peers import Seen
    from stackgen.runtime.shared import SharedCells
    from stackgen.runtime.tally import Tally

Values = tuple[str, ...]

#: The key of the counter of label values that went to `other`; exposed for all definitions together.
DROPPED = "stackgen:dropped"

#: The key of the counter of dead processes whose counts were folded; the base file has it, with those counts.
FOLDED = "stackgen:folded"
#: OpenMetrics allows an exemplar 128 characters for the names and values of its labels.
_LONGEST_TRACE = 128 - len("trace_id")
_OWN_KEYS = (DROPPED, FOLDED)


class Options(NamedTuple):
    """What holds for all exporters of a definition in a registry."""

    #: The share of observations whose value is recorded, 0 < sampling <= 1; counters are exact all the same.
    sampling: float = 1.0
    #: A directory that the processes of a prefork server share.
    shared: str | None = None


class About(NamedTuple):
    """What a store has to say of itself."""

    #: Series that a scrape is given.
    series: int
    #: Processes that share the store, alive at the last scrape.
    processes: int
    #: Dead processes whose counts were added to what remains.
    folded: float
    #: How often a value of each label went to `other`.
    dropped: dict[str, float]


class Follower(Protocol):
    """What reads a store on its own account, a feed of sinks for example."""

    def after_fork(self) -> None:
        """This is a new process, in which the store has begun at zero."""


class Series:
    """The series of one metric, by label values: the bound labels', then the metric's own."""

    __slots__ = ("buckets", "gauges", "label_names", "lines", "metric", "offsets", "width")

    def __init__(self, metric: Metric, bound: tuple[str, ...], options: Options) -> None:
        self.metric = metric
        self.label_names = (*bound, *metric.labels)
        self.lines = Lines(metric, self.label_names)
        self.buckets = len(metric.buckets) + 1
        # A histogram has a cell per bucket, one for the sum and, when it is sampled, one for the exact count. A shared
        # gauge has one for what threads add, and three of its own (see `shared.Seen`).
        wide = {"histogram": self.buckets + 1 + (options.sampling < 1), "counter": 1}
        self.width = wide.get(metric.type, 1 if options.shared is None else 4)
        self.offsets: dict[Values, int] = {}
        self.gauges: dict[Values, Gauge] = {}


class Store:
    """The series of one definition in one registry; a `prometheus_client` collector."""

    def __init__(self, spec: Spec, options: Options) -> None:
        self.spec = spec
        self.options = options
        self.started = time.monotonic()
        self.metrics = {metric.key: Series(metric, spec.bound, options) for metric in spec.metrics}
        self.metrics[DROPPED] = Series(Metric(DROPPED, "counter", "", "", ("label",)), (), options)
        self.metrics[FOLDED] = Series(Metric(FOLDED, "counter", "", "", ()), (), options)
        #: Samples that the last scrape was given.
        self._given = 0
        self._labels = {label.name: label for label in spec.labels}
        #: Values seen of each open label, up to its budget.
        self._seen: dict[str, dict[str, None]] = {label.name: {} for label in spec.labels if label.values is None}
        self.history = History()
        #: By the slot of the bucket.
        self.exemplars: dict[int, Exemplar] = {}
        #: Events that others count; asked before the cells are read.
        self.tallies: list[Tally] = []
        #: Gauges whose function raised, by metric.
        self.failed_functions: Counter[str] = Counter()
        #: Samples that a sink did not get to its receiver, by the sink's name and why.
        self.lost: Counter[tuple[str, str]] = Counter()
        #: What goes on in a forked child, and has to know that it is in one.
        self.followers: weakref.WeakSet[Follower] = weakref.WeakSet()
        # Taken when a series is made, never when one is recorded to. Re-entrant, so that a signal handler or finalizer
        # may make series too.
        self._making = threading.RLock()
        self._shared: SharedCells | None = None
        self.cells = Cells()
        if options.shared is not None:
            from stackgen.runtime.shared import SharedCells  # noqa: PLC0415 - needs fcntl; costs time to import

            self._shared = self.cells = SharedCells(options.shared, spec.name, spec.digest, self)
            # Knows from the start which label values there are, and takes care of the dead.
            self._shared.read()
        for label in spec.labels:
            if OTHER in (label.values or ()) or label.max_values:
                self.offset(DROPPED, (label.name,))

    # -- series --

    def offset(self, key: str, values: Values) -> int:
        """The first slot of a series, which is made if it is new.

        Raises KeyError for a metric that there is not, ValueError for a wrong number of label values.
        """
        series = self.metrics[key]
        found = series.offsets.get(values)
        if found is None:
            if len(values) != len(series.label_names):
                message = f"{key} has {len(series.label_names)} labels, not {len(values)}"
                raise ValueError(message)
            with self._making:
                found = series.offsets.get(values)
                if found is None:
                    # What is given numbers: a histogram's sum, a counter, what is added to a gauge.
                    number = series.buckets if series.metric.type == "histogram" else 0
                    first = self.cells.reserve(series.width, number)
                    # A signal handler may have made it meanwhile; then these slots stay unused.
                    found = series.offsets.setdefault(values, first)
                    if found == first:
                        self.cells.declare([(key, values, first)])
                        self._note(series, values)
        return found

    def _note(self, series: Series, values: Values) -> None:
        """Count open labels' values of a series against their budgets, also if another process made it."""
        for name, value in zip(series.label_names, values, strict=True):
            if name in self._seen and value != OTHER:
                self._seen[name][value] = None

    def width(self, key: str) -> int:
        """How many slots a series of this metric has."""
        return self.metrics[key].width

    def rows(self) -> list[tuple[str, Values, int]]:
        """Every series and its first slot."""
        copies = {key: series.offsets.copy() for key, series in self.metrics.items()}
        return [(key, values, first) for key, offsets in copies.items() for values, first in offsets.items()]

    def gauge_slots(self) -> Iterator[tuple[int, str]]:
        """The first slot of every gauge, and how its processes' values combine."""
        for series in self.metrics.values():
            if series.metric.type in {"gauge", "info"}:
                for slot in list(series.offsets.values()):
                    yield slot, series.metric.combine

    def folded_slot(self) -> int:
        """The slot in which the base file counts the processes that were folded into it."""
        return self.offset(FOLDED, ())

    def gauge(self, key: str, values: Values) -> Gauge:
        """A gauge's series, which is made if it is new."""
        series = self.metrics[key]
        found = series.gauges.get(values)
        if found is None:
            slot = self.offset(key, values)
            new = Gauge(self.cells, slot) if self._shared is None else SharedGauge(self._shared, slot)
            found = series.gauges.setdefault(values, new)
        return found

    def remove(self, key: str, values: Values) -> None:
        """Take a gauge's value away, until it is given one again; nothing happens where there is no such series.

        The series keeps its slots and its place in the labels' budgets: whoever holds it may set it at any moment.
        """
        if self._shared is not None:
            # A process that has ended may have left it behind.
            self._shared.others.learn()
        if values in self.metrics[key].offsets:
            self.gauge(key, values).remove()

    def resolve(self, name: str, value: str) -> str:
        """The value under which a label's value is recorded: itself, or `other`.

        Raises ValueError for a value outside a closed set that has no `other`.
        """
        label = self._labels[name]
        value = _writable(value)
        if label.values is not None:
            if value in label.values:
                return value
            if OTHER not in label.values:
                known = ", ".join(label.values)
                message = f"{self.spec.name}: label {name!r} cannot be {value!r}; its values are {known}"
                raise ValueError(message)
        elif self._fits(label, value):
            return value
        self._count_dropped(name)
        return OTHER

    def named(self, name: str, value: str) -> str:
        """The value under its own name, whether it was recorded or not; never `other` for it, which has others' too.

        Raises ValueError as `resolve` does.
        """
        values = self._labels[name].values
        return _writable(value) if values is None or OTHER in values else self.resolve(name, value)

    def _fits(self, label: Label, value: str) -> bool:
        seen = self._seen[label.name]
        if value in seen or value == OTHER or not label.max_values:
            return True
        if self._shared is not None and len(seen) < label.max_values:
            # Values that other processes have taken meanwhile; seldom asked, as there are no more than the budget has.
            self._shared.others.learn()
        with self._making:
            if len(seen) < label.max_values:
                seen[value] = None
                return True
        return value in seen

    def _count_dropped(self, name: str) -> None:
        slot = self.offset(DROPPED, (name,))
        try:
            self.cells.local.cells[slot] += 1
        except (AttributeError, IndexError):
            self.cells.lane()[slot] += 1

    def exemplar(self, slot: int, value: float, trace_id: str) -> None:
        """Keep an observation's trace as the example of its bucket; the last one counts, and none that is too long."""
        text = _writable(trace_id)
        if len(text) <= _LONGEST_TRACE:
            self.exemplars[slot] = Exemplar({"trace_id": text}, float(value), time.time())

    # -- the collector --

    def describe(self) -> Iterable[Family]:
        """The families without samples: a registry learns the names from it."""
        for series in self._exposed():
            yield Family(series.lines, (), {}, ())

    def _exposed(self) -> list[Series]:
        return [series for key, series in self.metrics.items() if key not in _OWN_KEYS]

    def collect(self) -> Iterator[Family]:
        """The families, with the values of this moment."""
        self._catch_up()
        self._ask_functions()
        seen = None if self._shared is None else self._shared.read()
        # Before the totals, so that every series here has a number there.
        offsets = {key: series.offsets.copy() for key, series in self.metrics.items()}
        totals = self.cells.totals() if self._shared is None or seen is None else self._shared.sums(seen)
        if self.history.active:
            self.history.keep(self.own_totals())
        given = 0
        for series in self._exposed():
            metric = series.metric
            family = self._family(series, offsets[metric.count_of or metric.key], totals, seen)
            given += len(family)
            yield family
        self._given = given

    def _family(
        self, series: Series, offsets: dict[Values, int], totals: list[float], seen: list[Seen] | None
    ) -> Family:
        """A family of the series that have these first slots (of a histogram's count: the histogram's)."""
        metric, names = series.metric, series.label_names
        if metric.type in {"gauge", "info"}:
            held = self._gauges(series, seen)
            return Family(series.lines, names, dict.fromkeys(held, 0), tuple(held.values()))
        if metric.type == "histogram":
            return Family(series.lines, names, offsets, totals, self.exemplars)
        if metric.count_of is not None:
            counts = self._counts(self.metrics[metric.count_of], list(offsets.values()), totals)
            return Family(series.lines, names, offsets, counts)
        return Family(series.lines, names, offsets, [totals[first] for first in offsets.values()])

    def _counts(self, histogram: Series, offsets: list[int], totals: list[float]) -> list[float]:
        """The exact number of observations of a histogram's series."""
        if self.options.sampling < 1:
            return [totals[first + histogram.buckets + 1] for first in offsets]
        wide = histogram.buckets
        return [sum(totals[first : first + wide]) for first in offsets]

    def _gauges(self, series: Series, seen: list[Seen] | None) -> dict[Values, float]:
        """What a metric's gauges hold, over all processes where they were seen."""
        if self._shared is None or seen is None:
            return self._held(series)
        return self._shared.combined(series.offsets.copy(), series.metric.combine, seen)

    def _held(self, series: Series) -> dict[Values, float]:
        """What this process's gauges hold; those without a value are left out."""
        found = {values: self.value_of(series, gauge) for values, gauge in list(series.gauges.items())}
        return {values: value for values, value in found.items() if value is not None}

    def value_of(self, series: Series, gauge: Gauge) -> float | None:
        """What a gauge holds; None where it has no value or its function raises, which is logged and counted."""
        try:
            return gauge.value()
        except Exception:  # noqa: BLE001 - a function of the user's
            self._function_failed(series.metric)
            return None

    def _catch_up(self) -> None:
        for tally in tuple(self.tallies):
            tally.catch_up()

    def _ask_functions(self) -> None:
        for series in self._exposed():
            for gauge in list(series.gauges.values()):
                try:
                    gauge.ask()
                except Exception:  # noqa: BLE001 - a function of the user's; it is logged and counted
                    self._function_failed(series.metric)

    def _function_failed(self, metric: Metric) -> None:
        """A gauge's function raised: its series is left out, the scrape goes on, and the log has it once."""
        self.failed_functions[metric.key] += 1
        if self.failed_functions[metric.key] == 1:
            import logging  # noqa: PLC0415 - an import of the exporter should not cost it

            log = logging.getLogger("stackgen")
            log.exception("%s: the gauge's function raised; it is left out of scrapes while it does", metric.exposed)

    def held(self) -> Iterator[tuple[Series, dict[Values, float]]]:
        """What gauges hold at this moment, over all processes that share them."""
        self._ask_functions()
        seen = None if self._shared is None else self._shared.read()
        for series in self._exposed():
            if series.metric.type in {"gauge", "info"}:
                yield series, self._gauges(series, seen)

    def about(self) -> About:
        """What there is to say of the store itself, as the last scrape found it."""
        shared = self._shared
        # Before the totals, so that each has a number there.
        dropped, folded = self.metrics[DROPPED].offsets.copy(), self.metrics[FOLDED].offsets.copy()
        totals = self.cells.totals()
        return About(
            series=self._given,
            processes=1 if shared is None else shared.others.alive,
            folded=sum(totals[slot] for slot in folded.values()),
            dropped={values[0]: totals[slot] for values, slot in dropped.items()},
        )

    def skipped_files(self) -> dict[str, int]:
        """Files in the shared directory that the last scrape left out, by reason."""
        return {} if self._shared is None else dict(self._shared.others.skipped)

    # -- life --

    def own_totals(self) -> list[float]:
        """The sum of every slot over the threads of this process."""
        self._catch_up()
        return self.cells.totals() if self._shared is None else self._shared.sums([self._shared.mine()])

    def reset(self) -> None:
        """Set everything that this process recorded to nothing. For tests."""
        self.cells.clear()
        self.exemplars.clear()
        for series in self.metrics.values():
            for gauge in series.gauges.values():
                gauge.forget()
        for tally in tuple(self.tallies):
            tally.begin()
        self.history.forget()
        self.started = time.monotonic()

    def after_fork(self) -> None:
        """Begin again at zero; functions of gauges stay."""
        self._making = threading.RLock()
        self.cells.after_fork()
        self.exemplars = {}
        self.failed_functions = Counter()
        self.lost = Counter()
        self.history.forget()
        self.started = time.monotonic()
        for series in self.metrics.values():
            for gauge in series.gauges.values():
                gauge.after_fork()
        for tally in self.tallies:
            tally.begin()
        for follower in list(self.followers):
            follower.after_fork()


def _writable(value: object) -> str:
    """The value as text; half of a surrogate pair cannot be written as UTF-8."""
    return str(value).encode("utf-8", "replace").decode()
