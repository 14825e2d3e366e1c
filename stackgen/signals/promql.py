"""Signals as PromQL.

A ratio is a sum over a sum and has no value where its whole is zero; a mean and a quantile have none where nothing was
observed. So no expression that comes from here yields NaN, and an idle system is "no data" and not 0. Many exporters
expose a counter once something was counted in it; until then it counts as 0 where what it belongs to is there. A gauge
that is not there is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from stackgen import conventions
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
from stackgen.definition.outside import Origin, origin_of
from stackgen.definition.quantities import prometheus_duration
from stackgen.definition.quoting import quoted
from stackgen.definition.raw_promql import BY, WINDOW, references, split_suffix
from stackgen.signals import shown
from stackgen.signals.pieces import added, aggregation, bound_texts, matcher, scaled
from stackgen.signals.scope import Recordings, Scope
from stackgen.signals.shown import RecordedRate

_LABEL = re.compile(r"[a-zA-Z_]\w*")


def render(definition: Definition, signal: Signal, scope: Scope) -> str:
    """The PromQL expression whose value is the signal, one series for each combination of the scope's labels."""
    return _Renderer(definition, scope, _split(signal, scope)).signal(signal)


def heatmap(definition: Definition, metric: str, scope: Scope) -> str:
    """Observations per bucket of a histogram, one series for each bound `le`."""
    return _Renderer(definition, scope, ("le", *scope.by)).heatmap(Selector(of=metric))


def recorded_rates(definition: Definition, what: Signal | str, scope: Scope) -> tuple[RecordedRate, ...]:
    """The recordings that a signal, or the heatmap of a metric, reads in a scope."""
    if isinstance(what, str):
        renderer = _Renderer(definition, scope, ("le", *scope.by))
        renderer.heatmap(Selector(of=what))
    else:
        renderer = _Renderer(definition, scope, _split(what, scope))
        renderer.signal(what)
    return tuple(dict.fromkeys(renderer.recorded))


def series(definition: Definition, selector: Selector, matchers: Iterable[str] = ()) -> str:
    """The series of a selector, not aggregated (of a histogram: its count)."""
    return _Renderer(definition, Scope(window="", matchers=tuple(matchers)), ()).series(selector)


def error_terms(definition: Definition, slo: Slo, window: str, *, filled: bool = True) -> tuple[str, str]:
    """Bad events per second and all events per second, over a window, for an objective.

    `filled`: bad events of which there is no series yet are 0 while there is one of all events.
    """
    renderer = _Renderer(definition, Scope(window=window), ())
    if isinstance(slo.indicator, Availability):
        total = renderer.sum_of(slo.indicator.total, "rate", filled=filled)
        return renderer.sum_of(slo.indicator.bad, "rate", filler=total if filled else "", filled=filled), total
    total = renderer.rate_of(slo.indicator.of, "_count")
    bounds = bound_texts(definition, slo.indicator.within)
    within = replace(slo.indicator.of, where={**slo.indicator.of.where, "le": bounds})
    return f"{total} - {renderer.rate_of(within, '_bucket')}", total


class _Renderer:
    """One rendering: a definition, a scope, and the labels to keep."""

    def __init__(self, definition: Definition, scope: Scope, by: tuple[str, ...]) -> None:
        self._definition = definition
        self._scope = scope
        self._by = by
        #: Recordings that what was rendered so far reads.
        self.recorded: list[RecordedRate] = []
        #: Whether all rates are to be read as they were recorded, because one of those beside them is.
        self._all_recorded = False

    def signal(self, signal: Signal) -> str:
        """The whole expression of a signal."""
        match signal.expression:
            case Rate(term):
                return self.sum_of(term, "rate")
            case Increase(term):
                return self.sum_of(term, "increase")
            case Ratio(part, whole):
                # Both sides have to be of the same time: an hour of the one over a minute of the other is no share.
                self._all_recorded = any(self._recordings(each, self._count_suffix(each)) for each in (*part, *whole))
                alike = len({self.scale(selector) for selector in (*part, *whole)}) == 1
                below = self.total(whole, in_units=not alike)
                above = self._limited(part, whole, in_units=not alike)
                if above is None:
                    above = self.total(part, in_units=not alike, filler=below)
                return f"{above} / ({below} > 0)"
            case Quantile(of, q):
                return self.quantile(of, q)
            case Mean(of):
                total = scaled(self.rate_of(of, "_sum"), self._definition.metrics[of.of].scale)
                return f"{total} / ({self.rate_of(of, '_count')} > 0)"
            case Level(term, aggregate):
                return self.level(term, aggregate)
            case Age(of, aggregate):
                return f"time() - {self.newest(of, aggregate)}"
            case Info(of):
                labels = tuple(dict.fromkeys((*self._by, *self._definition.labels_of(of.of))))
                return f"{aggregation('group', labels)} ({self.series(of)})"
            case Raw(text):
                return self.raw(text)

    def sum_of(self, term: Term, function: str, *, in_units: bool = True, filler: str = "", filled: bool = True) -> str:
        """Counters, each turned by `rate` or `increase`, added up, in their units or as they are exposed.

        Where a series of theirs may be missing it is 0 while there is a `filler`, or one of the others; unless they are
        not to be `filled` up at all.
        """
        parts = [
            scaled(self.aggregated(each, function, self._count_suffix(each)), self.scale(each) if in_units else 1)
            for each in term
        ]
        return self._sum(term, parts, filler) if filled else added(parts)

    def _sum(self, term: Term, parts: Sequence[str], filler: str) -> str:
        """The parts of a term added up, each that may be missing filled up with 0."""
        sure = [always_exposed(self._definition, each) for each in term]
        result = []
        for index, part in enumerate(parts):
            fillers = [filler] if filler else [other for number, other in enumerate(parts) if number != index]
            if not filler and any(sure):
                fillers = [other for other, known in zip(parts, sure, strict=True) if known]
            text = " or ".join(fillers)
            several = len(fillers) > 1
            missing = f"({part} or 0 * {f'({text})' if several else text})"
            result.append(part if sure[index] or not fillers else missing)
        return added(result)

    def _limited(self, part: Term, whole: Term, *, in_units: bool) -> str | None:
        """The part of a ratio of gauges that are alike, of those alone that have a whole; None for any other ratio.

        What has no limit, which many say with a limit of 0, has no share of it either, and must not count as used.
        """
        if len(part) != 1 or len(whole) != 1 or UP in (part[0].of, whole[0].of):
            return None
        used, limit = part[0], whole[0]
        of_used, of_limit = (self._definition.metrics[each.of] for each in (used, limit))
        alike = of_used.labels == of_limit.labels and not (used.picked or limit.picked)
        if {of_used.type, of_limit.type} != {MetricType.GAUGE} or used.of == limit.of or not alike:
            return None
        both = f"{self.series(used)} and ({self.series(limit)} > 0)"
        return scaled(f"{aggregation('sum', self._by)} ({both})", self.scale(used) if in_units else 1)

    def rate_of(self, selector: Selector, suffix: str) -> str:
        """The summed rate of one of a histogram's series."""
        return self.aggregated(selector, "rate", suffix)

    def total(self, term: Term, *, in_units: bool, filler: str = "") -> str:
        """One side of a ratio: gauges as they are, counters as rates; in their units where they are not alike."""
        if self._type(term[0].of) is MetricType.GAUGE:
            return self.level(term, "sum", in_units=in_units)
        return self.sum_of(term, "rate", in_units=in_units, filler=filler)

    def level(self, term: Term, aggregate: str, *, in_units: bool = True) -> str:
        """Gauges, aggregated and added up; where one of them is not there, it is unknown and not 0, and so is all."""
        return added(
            scaled(f"{aggregation(aggregate, self._by)} ({self.series(each)})", self.scale(each) if in_units else 1)
            for each in term
        )

    def newest(self, selector: Selector, aggregate: str) -> str:
        """The newest (or oldest) of times in seconds; 0 is none, but what a gauge holds that was never set."""
        return scaled(f"{aggregation(aggregate, self._by)} ({self.series(selector)} != 0)", self.scale(selector))

    def scale(self, selector: Selector) -> float:
        """What a value of 1 of the selected series is, in the metric's unit."""
        return scale_of(self._definition, selector)

    def quantile(self, selector: Selector, q: float) -> str:
        """A quantile; the comparison drops the NaN that PromQL gives where nothing was observed."""
        buckets = aggregation("sum", ("le", *self._by))
        rate = self._rate(selector, "_bucket", ("le", *self._by))
        scale = self._definition.metrics[selector.of].scale
        quantile = scaled(f"histogram_quantile({q:g}, {buckets} ({rate}))", scale)
        # Below a negative bound there is nothing to tell a value from NaN by, so such a histogram goes unguarded.
        return f"{quantile} >= 0" if self._definition.metrics[selector.of].buckets[0] >= 0 else quantile

    def aggregated(self, selector: Selector, function: str, suffix: str) -> str:
        """The sum over a function of a counter's range."""
        if function == "rate":
            return f"{aggregation('sum', self._by)} ({self._rate(selector, suffix, self._by)})"
        return f"{aggregation('sum', self._by)} ({function}({self.series(selector, suffix)}[{self._scope.window}]))"

    def heatmap(self, selector: Selector) -> str:
        """Observations per bucket: in the window, or where rates are recorded, in a step of the graph."""
        recordings = self._recordings(selector, "_bucket")
        if recordings is None:
            return self.aggregated(selector, "increase", "_bucket")
        return f"{self.aggregated(selector, 'rate', '_bucket')} * {recordings.step_seconds}"

    def _rate(self, selector: Selector, suffix: str, by: tuple[str, ...]) -> str:
        """The rate of each series, or as it was recorded for sums of them: the mean of all recordings in a step."""
        recordings = self._recordings(selector, suffix)
        if recordings is None:
            return f"rate({self.series(selector, suffix)}[{self._scope.window}])"
        also = tuple(each for each in recordings.kept if each in self._definition.labels_of(selector.of))
        kept = shown.kept_labels(self._definition, (*by, *also))
        name = shown.recorded_name(self._definition, selector, suffix, kept)
        plain = _Renderer(self._definition, Scope(window=prometheus_duration(shown.window(self._definition))), kept)
        self.recorded.append(RecordedRate(name, plain.aggregated(selector, "rate", suffix)))
        matchers = ", ".join(self._scope_matchers(selector.of))
        series = f"{name}{{{matchers}}}" if matchers else name
        return f"avg_over_time({series}[{recordings.step}])"

    def _recordings(self, selector: Selector, suffix: str) -> Recordings | None:
        """How the rate of a selector is read as it was recorded; None where it is not."""
        recordings = self._scope.recordings
        if recordings is None or not shown.recordable(self._definition, selector):
            return None
        wide = self._all_recorded or shown.width(self._definition, selector, suffix) > recordings.over
        return recordings if wide else None

    def series(self, selector: Selector, suffix: str | None = None) -> str:
        """The name and matchers of a selector."""
        suffix = self._count_suffix(selector) if suffix is None else suffix
        matchers = [
            *(matcher(label, values, "=", "=~") for label, values in selector.where.items()),
            *(matcher(label, values, "!=", "!~") for label, values in selector.where_not.items()),
            *(f"{label}=~{quoted(pattern)}" for label, pattern in selector.where_matches.items()),
            *(f"{label}!~{quoted(pattern)}" for label, pattern in selector.where_not_matches.items()),
            *self._scope_matchers(selector.of),
        ]
        inner = "{" + ", ".join(matchers) + "}" if matchers else ""
        return f"{self._exposed(selector.of)}{suffix}{inner}"

    def raw(self, text: str) -> str:
        """Raw PromQL with exposed names, the scope's matchers and its window."""
        known = self._definition.metrics
        for reference in reversed(list(references(text))):
            key, suffix = split_suffix(reference.name, known.__contains__)
            origin = None if key in known else origin_of(key)
            matchers = ", ".join(self._outside_matchers(key, origin) if origin else self._scope_matchers(key))
            rest = text[reference.end :]
            if reference.has_braces:
                opening = rest.index("{") + 1
                own = rest[opening:].lstrip()
                comma = ", " if matchers and not own.startswith("}") else ""
                rest = "{" + matchers + comma + own
            elif matchers:
                rest = "{" + matchers + "}" + rest
            text = f"{text[: reference.start]}{key if origin else self._exposed(key)}{suffix}{rest}"
        return text.replace(WINDOW, self._scope.window).replace(BY, ", ".join(self._by))

    def _scope_matchers(self, metric: str) -> list[str]:
        """The scope's matchers on labels that the metric has."""
        labels = (*self._definition.labels_of(metric), *TARGET_LABELS)
        matchers = [each for each in self._scope.matchers if (found := _LABEL.match(each)) and found[0] in labels]
        shared = metric == UP or self._definition.metrics[metric].shared
        if shared and not any(each.startswith("job=") for each in matchers):
            # `up` is there for every target of every job; only those that expose this definition are meant.
            matchers.insert(0, matcher("job", self._definition.stack.jobs, "=", "=~"))
        return matchers

    def _outside_matchers(self, name: str, origin: Origin) -> list[str]:
        """Matchers that keep what is the definition's own of series that everybody has."""
        match origin:
            case Origin.ALERTS:
                return [
                    matcher("alertname", conventions.alert_names(self._definition), "=", "=~"),
                    *self._scope.optional,
                ]
            case Origin.OBJECTIVES:
                return [f"sloth_service={quoted(self._definition.name)}"]
        if name == UP:
            return self._scope_matchers(name)
        return [each for each in self._scope.matchers if (found := _LABEL.match(each)) and found[0] in TARGET_LABELS]

    def _type(self, metric: str) -> MetricType:
        return MetricType.GAUGE if metric == UP else self._definition.metrics[metric].type

    def _exposed(self, metric: str) -> str:
        return UP if metric == UP else self._definition.metrics[metric].exposed

    def _count_suffix(self, selector: Selector) -> str:
        return "_count" if self._type(selector.of) is MetricType.HISTOGRAM else ""


def _split(signal: Signal, scope: Scope) -> tuple[str, ...]:
    """The labels that are left of a signal in a scope."""
    return tuple(dict.fromkeys((*scope.by, *(signal.by if scope.own_by else ()))))


def always_exposed(definition: Definition, selector: Selector) -> bool:
    """Whether series of a selector are there from a target's first scrape on, whatever has happened.

    A generated exporter exposes all that closed labels allow; of others that is sure of what has no labels.
    """
    if selector.of == UP:
        return True
    own = definition.labels_of(selector.of)
    if not definition.events:
        return not own
    return all(definition.labels[name].closed or definition.labels[name].bind for name in own)


def scale_of(definition: Definition, selector: Selector) -> float:
    """What a value of 1 of the selected series is, in the metric's unit; what a histogram has counted has no scale."""
    if selector.of == UP or definition.metrics[selector.of].type is MetricType.HISTOGRAM:
        return 1.0
    return definition.metrics[selector.of].scale
