"""The other way round: input series that give a signal a wanted value, for tests of the rules that use it.

Series are constant in their rate (counters, buckets) or value (gauges), so that after a full window every signal has
exactly the value that was asked for, in every version of Prometheus.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from stackgen.definition.model import (
    TARGET_LABELS,
    UP,
    Age,
    Availability,
    Definition,
    Increase,
    Info,
    Level,
    Mean,
    MetricType,
    Quantile,
    Rate,
    Ratio,
    Raw,
    Selector,
    Signal,
    Slo,
    Term,
)
from stackgen.definition.quoting import quoted
from stackgen.definition.selectors import selectors_of
from stackgen.signals.examples import examples
from stackgen.signals.pieces import bound_text
from stackgen.signals.promql import scale_of

#: Events per second behind a ratio, a mean or a quantile; far above any guard, and divided without remainder.
TRAFFIC = 1000.0

#: What goes on in series that must not count.
_BYSTANDING = 7777.0

#: By this share an age is more than what is asked for.
_INSTANT = 1e-7

#: Label values of the target that the series come from.
INSTANCE = "app:8000"

#: Values of an open label that are tried where a regular expression is known to match none of the usual ones, or all.
_PLAIN = ("x", "1", "a-b", "")

#: A series: its name and labels.
Identity = tuple[str, tuple[tuple[str, str], ...]]


class CannotSynthesizeError(Exception):
    """No series are known that give the signal the wanted value; the text says why."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How a series moves: a counter by `amount` per second; a gauge from `amount` on, by `slope` per second."""

    counter: bool
    amount: float
    slope: float = 0.0
    #: It is a time that goes with the clock, so that its age does not change.
    clock: bool = False


@dataclass(slots=True)
class Inputs:
    """Input series by identity."""

    flows: dict[Identity, Flow] = field(default_factory=dict)

    def add(self, identity: Identity, flow: Flow) -> None:
        """Add a flow; where one series serves two purposes, what is there stays."""
        self.flows.setdefault(identity, flow)

    def merge(self, other: Inputs) -> None:
        """Add those series of `other` that are not there yet."""
        for identity, flow in other.flows.items():
            self.add(identity, flow)


def synthesize(
    definition: Definition, signal: Signal, value: float, labels: Mapping[str, str], *, window: float
) -> Inputs:
    """Series that give `signal` the value `value` for the group `labels`.

    `window` is the range, in seconds, over which an increase is taken. Raises CannotSynthesizeError.
    """
    return _Synthesis(definition, labels).inputs(signal, value, window)


def counts_for(definition: Definition, signal: Signal, identity: Identity) -> bool:
    """Whether a signal is computed from a series of the group that it is asked for (of histograms their counts)."""
    synthesis = _Synthesis(definition, {})
    return any(synthesis.selects(selector, identity) for selector in selectors_of(signal.expression))


def part_is_counted(definition: Definition, ratio: Ratio) -> bool:
    """Whether what a ratio's part counts is in its whole too, so that it is never above 1."""
    return _Synthesis(definition, {}).is_share(ratio.part, ratio.whole)


def bystanders(definition: Definition, signals: Iterable[Signal], labels: Mapping[str, str]) -> Inputs:
    """Busy series beside those of the signals: what they leave out must not count, so it is there to be left out."""
    synthesis = _Synthesis(definition, labels)
    selectors = [selector for signal in signals for selector in selectors_of(signal.expression)]
    inputs = Inputs()
    for selector in selectors:
        for identity, flow in synthesis.left_out(selector):
            if not any(synthesis.selects(other, identity) for other in selectors):
                inputs.add(identity, flow)
    return inputs


def text(identity: Identity) -> str:
    """A series as promtool writes it."""
    name, labels = identity
    inner = ", ".join(f"{label}={quoted(value)}" for label, value in labels)
    return f"{name}{{{inner}}}"


def synthesize_error_ratio(definition: Definition, slo: Slo, value: float) -> Inputs:
    """Series of which the share `value` is bad, as an objective counts."""
    synthesis = _Synthesis(definition, {})
    if isinstance(slo.indicator, Availability):
        return synthesis.ratio(slo.indicator.bad, slo.indicator.total, value)
    return synthesis.beyond(slo.indicator.of, slo.indicator.within, value)


class _Synthesis:
    """One synthesis: a definition and the labels of the group that is wanted."""

    def __init__(self, definition: Definition, labels: Mapping[str, str]) -> None:
        self._definition = definition
        self._own = labels
        self._labels = {"job": definition.stack.jobs[0], "instance": INSTANCE, **labels}

    def inputs(self, signal: Signal, value: float, window: float) -> Inputs:
        """Series that give a signal a value."""
        match signal.expression:
            case Rate(term):
                return self._split(term, value)
            case Increase(term):
                return self._split(term, value / window)
            case Level(term, _):
                return self._split(term, value)
            case Ratio(part, whole):
                return self.ratio(part, whole, value)
            case Quantile(of, q):
                return self._quantile(of, q, value)
            case Mean(of):
                return self._mean(of, value)
            case Age(of):
                return self._age(of, value)
            case Info() | Raw():
                raise CannotSynthesizeError("it is raw PromQL, whose value no series are known for")

    def _age(self, selector: Selector, value: float) -> Inputs:
        """A time that moves with the clock, which begins at 0 in tests; and one that was never set."""
        scale = scale_of(self._definition, selector)
        inputs = Inputs()
        # So little more than asked for that no text shows it; a sample of exactly 0 would be no time.
        begin = -value * (1 + _INSTANT) / scale
        first = self._first(selector)
        inputs.add(first, Flow(counter=False, amount=begin, slope=1 / scale, clock=True))
        name, labels = first
        never = tuple((label, "never" if label == "instance" else own) for label, own in labels)
        if "instance" not in self._own:
            inputs.add((name, never), Flow(counter=False, amount=0.0))
        return inputs

    def _split(self, term: Term, amount: float) -> Inputs:
        """The whole amount in the first series of a term; the other selectors' series are there, and still."""
        inputs = Inputs()
        amount /= scale_of(self._definition, term[0])
        for index, selector in enumerate(term):
            for identity in itertools.islice(self.series(selector), 1):
                inputs.add(identity, self._flow(selector, amount if index == 0 else 0.0))
        return inputs

    def ratio(self, part: Term, whole: Term, value: float) -> Inputs:
        """A share of a whole."""
        inside = self._first(part[0])
        rest = self._outside(part, whole)
        inputs = Inputs()
        if self.is_share(part, whole):
            if value > 1:
                raise CannotSynthesizeError(f"a share of a whole is never {value:g}")
            if rest is None and value != 1:
                raise CannotSynthesizeError("its part is its whole, so it is always 1")
            inputs.add(inside, self._flow(part[0], value * TRAFFIC))
            if rest is not None:
                inputs.add(rest[0], self._flow(rest[1], (1 - value) * TRAFFIC))
        else:
            if rest is None:
                raise CannotSynthesizeError("no series is in its whole and not in its part")
            scale = scale_of(self._definition, part[0]) / scale_of(self._definition, rest[1])
            inputs.add(inside, self._flow(part[0], value * TRAFFIC / scale))
            inputs.add(rest[0], self._flow(rest[1], TRAFFIC))
        for selector in (*part, *whole):
            inputs.add(self._first(selector), self._flow(selector, 0.0))
        return inputs

    def is_share(self, part: Term, whole: Term) -> bool:
        """Whether the series that stands for the part is one of the whole's."""
        inside = self._first(part[0])
        return any(self.selects(selector, inside) for selector in whole)

    def _outside(self, part: Term, whole: Term) -> tuple[Identity, Selector] | None:
        """A series of the whole that is not in the part."""
        for selector in whole:
            for identity in self.series(selector):
                if not any(self.selects(other, identity) for other in part):
                    return identity, selector
        for selector in whole:
            for label, value in (each for one in part for each in self._left_out_values(one)):
                for name, labels in itertools.islice(self.series(selector), 1):
                    identity = name, tuple((each, value if each == label else own) for each, own in labels)
                    if self.selects(selector, identity) and not any(self.selects(other, identity) for other in part):
                        return identity, selector
        return None

    def _quantile(self, selector: Selector, q: float, value: float) -> Inputs:
        """All observations in the bucket that holds the value, but for as many below or above as put it there."""
        buckets = self._definition.metrics[selector.of].buckets
        value /= self._definition.metrics[selector.of].scale
        upper = next((index for index, bound in enumerate(buckets) if value <= bound), None)
        if upper is None or value <= 0:
            raise CannotSynthesizeError(f"{value:g} lies outside of the buckets")
        low, high = (buckets[upper - 1] if upper else 0.0), buckets[upper]
        place = (value - low) / (high - low)
        if upper == 0 and math.isclose(place, q):
            place = q  # the least that there can be: all of them are in the first bucket
        # histogram_quantile interpolates: value = low + (high - low) * (q - below) / inside.
        below = (q - place) / (1 - place) if place < q else 0.0
        inside = 1 - below if place < q else q / place
        within = [below * TRAFFIC if index < upper else (below + inside) * TRAFFIC for index in range(len(buckets))]
        if upper == 0 and below:
            raise CannotSynthesizeError(f"nothing lies below the first bucket, which holds {value:g}")
        return self._histogram(selector, [*within, TRAFFIC], value * TRAFFIC)

    def beyond(self, selector: Selector, bound: float, share: float) -> Inputs:
        """A histogram of which a share of the observations lies beyond one of its bounds."""
        buckets = self._definition.metrics[selector.of].buckets
        within = [(1 - share) * TRAFFIC if each >= bound else 0.0 for each in buckets]
        return self._histogram(selector, [*within, TRAFFIC], TRAFFIC * bound)

    def _mean(self, selector: Selector, value: float) -> Inputs:
        buckets = self._definition.metrics[selector.of].buckets
        value /= self._definition.metrics[selector.of].scale
        within = [TRAFFIC if value <= bound else 0.0 for bound in buckets]
        return self._histogram(selector, [*within, TRAFFIC], value * TRAFFIC)

    def _histogram(self, selector: Selector, cumulative: list[float], total: float) -> Inputs:
        """The series of a histogram, from observations per second up to each bound and their sum per second."""
        name, labels = self._first(selector)
        base = name.removesuffix("_count")
        bounds = [*map(bound_text, self._definition.metrics[selector.of].buckets), "+Inf"]
        inputs = Inputs()
        for bound, rate in zip(bounds, cumulative, strict=True):
            inputs.add((f"{base}_bucket", (*labels, ("le", bound))), Flow(counter=True, amount=rate))
        inputs.add((f"{base}_count", labels), Flow(counter=True, amount=cumulative[-1]))
        inputs.add((f"{base}_sum", labels), Flow(counter=True, amount=total))
        return inputs

    def _flow(self, selector: Selector, amount: float) -> Flow:
        counter = self._type(selector.of) is not MetricType.GAUGE
        if counter and amount < 0:
            raise CannotSynthesizeError(f"what is counted has no rate of {amount:g}")
        return Flow(counter=counter, amount=amount)

    def _type(self, metric: str) -> MetricType:
        return MetricType.GAUGE if metric == UP else self._definition.metrics[metric].type

    def _first(self, selector: Selector) -> Identity:
        for identity in self.series(selector):
            return identity
        raise CannotSynthesizeError(f"no value of a label is left for {selector.of!r}")

    def series(self, selector: Selector) -> Iterator[Identity]:
        """The series of a selector that belong to the group, the most natural one first."""
        name = self._name(selector)
        names = (*TARGET_LABELS, *self._definition.labels_of(selector.of))
        candidates = [self._candidates(selector, label) for label in names]
        for values in itertools.product(*candidates):
            yield name, tuple(zip(names, values, strict=True))

    def _name(self, selector: Selector) -> str:
        """The name of a selector's series (of a histogram its count)."""
        if selector.of == UP:
            return UP
        metric = self._definition.metrics[selector.of]
        return metric.exposed + ("_count" if metric.type is MetricType.HISTOGRAM else "")

    def left_out(self, selector: Selector) -> Iterator[tuple[Identity, Flow]]:
        """For each label that a selector narrows, a series that it leaves out by that label alone."""
        if self._type(selector.of) is MetricType.HISTOGRAM:
            return  # a bystander's buckets would have to be made up too
        if not selector.picked:
            return
        name, labels = self._first(selector)
        for label, value in self._left_out_values(selector):
            identity = name, tuple((each, value if each == label else own) for each, own in labels)
            yield identity, self._flow(selector, _BYSTANDING)

    def _left_out_values(self, selector: Selector) -> Iterator[tuple[str, str]]:
        """For each matcher of a selector a label and a value that it alone leaves out, where one is known."""
        for word in ("where", "where_not", "where_matches", "where_not_matches"):
            matchers = getattr(selector, word)
            for label in matchers:
                if label not in self._definition.labels:
                    continue  # that of a target
                others = {each: said for each, said in matchers.items() if each != label}
                without: Selector = replace(selector, **{word: others})  # type: ignore[arg-type]  # one of its mappings
                for value in self._values(selector, label, f"other-{label}"):
                    if without.keeps(label, value) and not selector.keeps(label, value):
                        yield label, value
                        break

    def selects(self, selector: Selector, identity: Identity) -> bool:
        """Whether a series of the group is one of a selector's."""
        name, labels = identity[0], dict(identity[1])
        return name == self._name(selector) and all(selector.keeps(label, labels[label]) for label in selector.picked)

    def _candidates(self, selector: Selector, label: str) -> list[str]:
        """Values of a label that a selector keeps, in the order of the definition."""
        own = [self._labels[label]] if label in self._labels else self._values(selector, label, f"some-{label}")
        kept = [value for value in own if selector.keeps(label, value)]
        open_ = label not in self._labels and not self._definition.labels[label].closed
        return kept[:1] if open_ and label not in selector.where else kept

    def _values(self, selector: Selector, label: str, usual: str) -> list[str]:
        """Values that a label may have, kept or not: of an open one the usual, and those that a selector speaks of."""
        values = self._definition.labels[label].values
        if values is not None:
            return list(values)
        spoken = [*selector.where.get(label, ()), *selector.where_not.get(label, ())]
        for patterns in (selector.where_matches, selector.where_not_matches):
            spoken += examples(patterns[label]) if label in patterns else ()
        return list(dict.fromkeys((usual, *spoken, *_PLAIN)))
