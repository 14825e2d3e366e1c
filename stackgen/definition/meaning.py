"""What the numbers mean: signals, and whether each can be computed from the metrics that it names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stackgen.definition.context import Context
from stackgen.definition.model import (
    TARGET_LABELS,
    Age,
    Combine,
    Expression,
    Increase,
    Info,
    Level,
    Mean,
    Metric,
    MetricType,
    Quantile,
    Rate,
    Ratio,
    Raw,
    Selector,
    Signal,
    Term,
)
from stackgen.definition.raw_promql import check_raw, labels_named, metric_keys
from stackgen.definition.selectors import selectors_of
from stackgen.definition.tree import Path
from stackgen.definition.words import nearest

KINDS = ("rate", "increase", "ratio", "quantile", "mean", "level", "age", "info", "promql")
#: Units that a signal may be given; those of metrics are allowed too.
UNITS = ("seconds", "bytes", "ratio", "count", "per_second", "bytes_per_second", "seconds_per_second", "info")
_COUNTED = (MetricType.COUNTER, MetricType.HISTOGRAM)
_WANTED = {
    "rate": _COUNTED,
    "increase": _COUNTED,
    "quantile": (MetricType.HISTOGRAM,),
    "mean": (MetricType.HISTOGRAM,),
    "level": (MetricType.GAUGE,),
    "age": (MetricType.GAUGE,),
    "info": (MetricType.INFO,),
}
_INSTEAD = {
    MetricType.COUNTER: "`rate` or `increase`",
    MetricType.GAUGE: "`level`",
    MetricType.HISTOGRAM: "`quantile`, `mean` or `rate`",
    MetricType.INFO: "`info`",
}


def build_signals(context: Context) -> None:
    """Read the signals."""
    for key, raw in context.section("signals"):
        signal = build_signal(context, ("signals", key), key, raw)
        if signal is not None:
            context.signals[key] = signal


def build_signal(context: Context, path: Path, key: str, raw: dict[str, Any], *, shown: bool = False) -> Signal | None:
    """One signal, at its path; `shown`: it is written out in a panel. None if it cannot be, which is reported."""
    kinds = [kind for kind in KINDS if kind in raw]
    if len(kinds) != 1:
        if kinds or not context.damaged(path):
            problem = f"{' and '.join(kinds)} at once" if kinds else "the signal says nothing to compute"
            cure = "keep one, and remove the others with null" if kinds else f"add one of {', '.join(KINDS)}"
            context.report(path, problem, cure, at_key=True)
        return None
    expression = _expression(context, (*path, kinds[0]), kinds[0], raw[kinds[0]], shown=shown)
    if expression is None:
        return None
    metrics = _metrics(context, expression)
    return Signal(
        key=key,
        title=raw["title"],
        description=raw.get("description", ""),
        expression=expression,
        unit=_unit(context, path, raw.get("unit"), expression, metrics),
        good=raw.get("good", "low" if isinstance(expression, Age) else None),
        by=split_by(context, (*path, "by"), raw.get("by") or (), (expression,)),
        states={int(value): text for value, text in (raw.get("states") or {}).items()},
    )


def split_by(context: Context, path: Path, names: Iterable[str], expressions: Iterable[Expression]) -> tuple[str, ...]:
    """Labels that all of these expressions can be split by; others are reported.

    Raw PromQL may join series, so it can be split by the labels of any that it names.
    """
    expressions = list(expressions)
    raw = [each for each in expressions if isinstance(each, Raw)]
    metrics = [each for one in expressions if not isinstance(one, Raw) for each in _metrics(context, one)]
    if not raw:
        return context.splittable(path, names, metrics)
    known = set.intersection(*(labels_named(context, each.promql) | {*TARGET_LABELS} for each in raw))
    for metric in metrics:
        known &= {*context.labels_of(metric), *TARGET_LABELS}
    return context.splittable_by(path, names, sorted(known))


def _expression(context: Context, path: Path, kind: str, raw: Any, *, shown: bool) -> Expression | None:
    """The expression under one kind's key; None if it cannot be computed, which is reported."""
    match kind:
        case "promql":
            return Raw(raw) if check_raw(context, path, raw, shown=shown) else None
        case "ratio":
            return _ratio(context, path, raw)
        case "quantile" | "mean" | "age" | "info":
            selector = context.selector(path, raw)
            if selector is None or not _fits(context, path, kind, (selector,)):
                return None
            if kind == "quantile":
                return Quantile(selector, float(raw.get("q", 0.5)))
            if kind == "age":
                return _age(context, path, selector, raw.get("aggregate", "max"))
            return Mean(selector) if kind == "mean" else Info(selector)
    term = context.term(path, raw)
    if not term or not _fits(context, path, kind, term):
        return None
    if kind == "level":
        return Level(term, raw.get("aggregate", "sum") if isinstance(raw, dict) else "sum")
    return Rate(term) if kind == "rate" else Increase(term)


def _age(context: Context, path: Path, selector: Selector, aggregate: str) -> Age:
    """The age of a time, which must be one: in seconds, and not added up over processes."""
    metric = _metric(context, selector)
    if metric.unit != "seconds":
        problem = f"{metric.key!r} is in {metric.unit or 'no unit'}, and a time is in seconds"
        context.report((*path, "of"), problem, "say `unit: seconds`, and `scale: 0.001` where it is in milliseconds")
    if context.data.get("events") and metric.combine is Combine.SUM:
        problem = f"{metric.key!r} is added up over processes, and times are not"
        context.report((*path, "of"), problem, "say `combine: max` on the metric")
    return Age(selector, aggregate)


def _ratio(context: Context, path: Path, raw: dict[str, Any]) -> Ratio | None:
    part = context.term((*path, "part"), raw["part"])
    whole = context.term((*path, "whole"), raw["whole"])
    if not part or not whole:
        return None
    gauges = [_metric(context, selector).type is MetricType.GAUGE for selector in (*part, *whole)]
    if any(gauges) and not all(gauges):
        context.report(path, "counters over gauges", "divide rates by rates or levels by levels", at_key=True)
        return None
    infos = [selector.of for selector in (*part, *whole) if _metric(context, selector).type is MetricType.INFO]
    if infos:
        context.report(path, f"{infos[0]!r} is an info, which has no value to divide", "use counters or gauges")
        return None
    return Ratio(part, whole)


def _fits(context: Context, path: Path, kind: str, term: Term) -> bool:
    """Whether every metric of a term has a type that this kind of signal can be computed from."""
    good = True
    for index, selector in enumerate(term):
        metric = _metric(context, selector)
        if metric.type not in _WANTED[kind]:
            inner = (*path, index, "of") if len(term) > 1 else (*path, "of")
            problem = f"{metric.key!r} is a {metric.type}, which has no {kind}"
            context.report(inner, problem, f"use {_INSTEAD[metric.type]}")
            good = False
    return good


def _metric(context: Context, selector: Selector) -> Metric:
    metric = context.metric((), selector.of)
    assert metric is not None  # a selector is only made of a metric that exists
    return metric


def _metrics(context: Context, expression: Expression) -> list[Metric]:
    if isinstance(expression, Raw):
        return [context.metrics[key] for key in metric_keys(expression, context.metrics) if key in context.metrics]
    return [_metric(context, selector) for selector in selectors_of(expression)]


def _unit(context: Context, path: Path, given: str | None, expression: Expression, metrics: list[Metric]) -> str:
    """The unit of a signal's value: as given, else as it follows from the metrics."""
    if given is not None:
        known = [*UNITS, *(metric.unit for metric in context.metrics.values() if metric.unit)]
        if given not in known:
            context.report((*path, "unit"), f"unknown unit {given!r}", nearest(given, known))
        return given
    # Of a histogram its observations are counted, whatever they are in.
    counts = isinstance(expression, Rate | Increase | Ratio)
    units = {None if counts and metric.type is MetricType.HISTOGRAM else metric.unit for metric in metrics}
    if len(units) > 1 and not isinstance(expression, Raw):
        shown = ", ".join(sorted(str(unit or "no unit") for unit in units))
        context.report(path, f"metrics of different units ({shown})", "combine metrics of one unit", at_key=True)
    unit = metrics[0].unit if metrics else None
    match expression:
        case Ratio():
            return "ratio"
        case Info():
            return "info"
        case Rate():
            counted = metrics[0].type is MetricType.HISTOGRAM or unit is None
            return "per_second" if counted else f"{unit}_per_second"
        case Increase():
            return "count" if metrics[0].type is MetricType.HISTOGRAM or unit is None else unit
        case Raw():
            context.report(path, "raw PromQL without a unit", f"add `unit`: one of {', '.join(UNITS)}", at_key=True)
            return "count"
    return unit or "count"


def metrics_of(context: Context, signal: Signal) -> list[Metric]:
    """The metrics that a signal is computed from."""
    return _metrics(context, signal.expression)
