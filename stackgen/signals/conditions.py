"""Alert conditions as PromQL over recorded series."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stackgen.definition.model import (
    UP,
    Above,
    Absent,
    Alert,
    Below,
    Definition,
    Drop,
    Growth,
    Increase,
    MetricType,
    Rate,
    Ratio,
    Raw,
    RunsOut,
    Selector,
    Signal,
)
from stackgen.definition.quantities import prometheus_duration
from stackgen.definition.quoting import quoted
from stackgen.definition.raw_promql import references, split_suffix
from stackgen.definition.selectors import selectors_of
from stackgen.signals.pieces import aggregation
from stackgen.signals.promql import always_exposed, render, series
from stackgen.signals.recorded import Recorded, record, worth_recording
from stackgen.signals.scope import Scope

#: The label that every alert keeps beside those it is `per`.
ALWAYS_KEPT = "job"

#: What generated exporters expose of themselves in any case (stackgen/runtime/selfmetrics.py).
EXPORTER_SERIES = "stackgen_series"

#: What was never further from its limit than this share of it, in the window, hovers there: a full cache that evicts.
HOVERING = 0.01

#: From here on twelve digits would not tell all whole numbers apart (a TiB has thirteen).
_LARGE = 1e12


@dataclass(slots=True)
class AlertExpression:
    """An alert's expression, and the recordings that it needs, in the order in which they must run."""

    expr: str = ""
    recordings: list[Recorded] = field(default_factory=list)


def alert_expression(definition: Definition, alert: Alert) -> AlertExpression:
    """The expression that has a series, with the signal's value, for each group that the alert fires for."""
    result = AlertExpression()
    signal = definition.signals[alert.signal]
    by = kept_labels(alert)

    def value(key: str, *, history: bool = False) -> str:
        """A signal for the alert's groups: by its recorded series, which one with a history needs."""
        wanted = definition.signals[key]
        if history or worth_recording(wanted):
            recorded = record(definition, wanted, alert.window, by)
            if recorded not in result.recordings:
                result.recordings.append(recorded)
            return recorded.name
        scope = Scope(window=prometheus_duration(alert.window), by=by, own_by=False)
        return render(definition, wanted, scope)

    def side(than: float | str) -> str:
        return value(than) if isinstance(than, str) else number(than)

    match alert.condition:
        case Above(than) | Below(than):
            result.expr = f"{value(alert.signal)} {operator(alert.condition)} {side(than)}"
        case Drop(share, baseline):
            now = value(alert.signal, history=True)
            past = _past(now, baseline, alert.window)
            if ends_at_0(signal, alert):
                now = f"({now} or 0 * {past})"
            result.expr = f"{now} < {number(1 - share)} * {past}"
        case Growth(share, baseline):
            past = _past(value(alert.signal, history=True), baseline, alert.window)
            # Of nothing everything is an increase, so there must have been something.
            result.expr = f"{value(alert.signal, history=True)} > {number(1 + share)} * ({past} > 0)"
        case RunsOut(limit, within, falls):
            now = value(alert.signal, history=True)
            end = side(limit) if falls or not isinstance(limit, str) else f"({side(limit)} > 0)"
            span = f"{now}[{prometheus_duration(alert.window)}]"
            trend = f"predict_linear({span}, {number(within)})"
            if isinstance(limit, str):
                near = f"{number(1 + HOVERING if falls else 1 - HOVERING)} * {end}"
            else:
                near = number(limit + HOVERING * abs(limit) * (1 if falls else -1))
            # It goes on once it has run out, until it has been so for the whole window.
            came = f"max_over_time({span}) > {near}" if falls else f"min_over_time({span}) < {near}"
            before = f"{now} and {came}"
            if limit != 0:
                before = f"({now} {'>' if falls else '<'} {end} or {before})"
            result.expr = f"{before} and {trend} {'<=' if falls else '>='} {end}"
        case Absent():
            result.expr = _gone(definition, signal, alert) if alert.per else _absent(definition, signal)
    if alert.when is not None:
        guarded = value(alert.when.signal, history=isinstance(alert.condition, Drop))
        if isinstance(alert.condition, Drop):
            guarded = _past(guarded, alert.condition.baseline, alert.window)
        guard = f"{guarded} {operator(alert.when.condition)} {side(alert.when.condition.than)}"
        result.expr = f"{result.expr} and {guard}"
    return result


def ends_at_0(signal: Signal, alert: Alert) -> bool:
    """Whether a group whose series are gone has dropped to 0: what is counted and not there happens no more.

    A gauge, a share or a time is unknown then. An instance comes and goes with each deployment, and takes no traffic
    with it; whether it is down is asked of `up`.
    """
    return isinstance(signal.expression, Rate | Increase) and "instance" not in alert.per


def kept_labels(alert: Alert) -> tuple[str, ...]:
    """The labels that tell one firing of an alert from another."""
    return tuple(dict.fromkeys((ALWAYS_KEPT, *alert.per)))


def operator(condition: Above | Below) -> str:
    """The comparison of a condition."""
    return (">" if isinstance(condition, Above) else "<") + ("=" if condition.or_equal else "")


def number(value: float) -> str:
    """A number as PromQL writes it, without the noise of floating point; of a large one every digit."""
    return f"{value:.12g}" if abs(value) < _LARGE else f"{value:.15g}"


def _past(recorded: str, baseline: float, window: float) -> str:
    """The mean of a recorded series over the baseline that ends where the window begins."""
    return f"avg_over_time({recorded}[{prometheus_duration(baseline)}] offset {prometheus_duration(window)})"


def _absent(definition: Definition, signal: Signal) -> str:
    """True for each job that lacks series of the signal; `absent` takes the job from its own matcher."""
    jobs = [_missing(definition, signal, f"{ALWAYS_KEPT}={quoted(job)}") for job in definition.stack.jobs]
    groups = list(dict.fromkeys(group for job in jobs for group in job))
    expr = " or ".join(f" and on ({ALWAYS_KEPT}) ".join(f"absent({each})" for each in group) for group in groups)
    plain = len(groups) == len(jobs) and not any(len(group) > 1 or "," in group[0] for group in groups)
    # Other labels than the job would come from the other matchers, and make several alerts of one.
    return expr if plain else f"group by ({ALWAYS_KEPT}) ({expr})"


def _gone(definition: Definition, signal: Signal, alert: Alert) -> str:
    """1 for each group that had series of the signal in the window and has none now; of a share those of its whole."""
    match signal.expression:
        case Raw(promql):
            found = [each[0] for each in _raw_series(definition, promql, "")]
        case Ratio(_, whole):
            found = [series(definition, each) for each in whole]
        case expression:
            found = [series(definition, each) for each in selectors_of(expression)]
    found = list(dict.fromkeys(found))
    group = aggregation("group", kept_labels(alert))
    then = (f"{group} (last_over_time({each}[{prometheus_duration(alert.window)}]))" for each in found)
    now = (f"{group} ({each})" for each in found)
    before = " or ".join(then)
    return f"{before if len(found) == 1 else f'({before})'} unless {' unless '.join(now)}"


def _missing(definition: Definition, signal: Signal, matcher: str) -> list[tuple[str, ...]]:
    """Groups of series: if all of any group are missing, the signal has no value.

    A counter that may not be exposed yet counts as 0 as long as another addend is there, and so does a share of its
    whole. A gauge that is not there is unknown.
    """

    def series_of(selectors: Sequence[Selector]) -> tuple[str, ...]:
        found = tuple(series(definition, each, (matcher,)) for each in selectors)
        return (*found, *_stand_in(definition, selectors, matcher))

    match signal.expression:
        case Raw(promql):
            return list(_raw_series(definition, promql, matcher))
        case Ratio(part, whole):
            counted = {selector.of for selector in whole}
            apart = [each for each in part if each.of not in counted and _never_filled(definition, each)]
            needed = [*((each,) for each in apart), *_needed(definition, whole)]
        case expression:
            needed = _needed(definition, selectors_of(expression))
    return [series_of(group) for group in needed]


def _needed(definition: Definition, term: Sequence[Selector]) -> list[tuple[Selector, ...]]:
    """Each addend that nothing is put in the place of; where there is none, any of them will do."""
    sure = [(each,) for each in term if _never_filled(definition, each)]
    return list(sure) if sure else [tuple(term)]


def _never_filled(definition: Definition, selector: Selector) -> bool:
    """Whether what is not there is not taken for 0: gauges, and what is exposed from the start."""
    gauge = selector.of != UP and definition.metrics[selector.of].type is MetricType.GAUGE
    return gauge or always_exposed(definition, selector)


def _stand_in(definition: Definition, selectors: Sequence[Selector], matcher: str) -> tuple[str, ...]:
    """What a generated exporter says of itself, where it exposes none of the selected series until they are recorded.

    Until then it is idle and not missing.
    """
    if not definition.events or any(
        always_exposed(definition, each) or definition.metrics[each.of].shared for each in selectors
    ):
        return ()
    return (f"{EXPORTER_SERIES}{{definition={quoted(definition.name)}, {matcher}}}",)


#: Operators of PromQL beside which a side may be missing.
_EITHER = re.compile(r"\b(or|unless)\b", re.IGNORECASE)


def _raw_series(definition: Definition, text: str, matcher: str) -> Iterator[tuple[str, ...]]:
    """The series that raw PromQL names, with its own matchers and one more; the first if any of them will do.

    Each with what it is as good as, where that is there.
    """
    for reference in references(text):
        key, suffix = split_suffix(reference.name, definition.metrics.__contains__)
        name = f"{definition.metrics[key].exposed if key in definition.metrics else key}{suffix}"
        own = _in_braces(text[reference.end :]) if reference.has_braces else ""
        named = re.search(rf"\b{ALWAYS_KEPT}\s*[=!]", re.sub(r'"[^"]*"', "", own))
        found = f"{name}{{{', '.join(filter(None, (own, '' if named else matcher)))}}}"
        its_own = key in definition.metrics and not named
        found = found.removesuffix("{}")
        yield (found, *(_stand_in(definition, (Selector(of=key),), matcher) if its_own else ()))
        if _EITHER.search(re.sub(r'"[^"]*"', "", text)):
            return


def _in_braces(text: str) -> str:
    """What stands between the first braces of a text; a string in it may have some too."""
    inner = text[text.index("{") + 1 :]
    end = next(
        found for found in re.finditer(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|(\})', inner) if found[1]
    )
    return inner[: end.start()].strip().rstrip(",")
