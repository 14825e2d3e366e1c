"""What is recorded: labels, metrics and events, and whether they make sense."""

from __future__ import annotations

import keyword
import math
from typing import Any

from stackgen.definition import exposed
from stackgen.definition.context import Context, as_text, listed
from stackgen.definition.model import UP, Combine, Event, Label, Metric, MetricType
from stackgen.definition.tree import Path
from stackgen.definition.words import nearest

#: Labels that Prometheus or a histogram give a meaning of their own.
_RESERVED_LABELS = {
    "le": "it holds a histogram's bounds",
    "quantile": "it holds a summary's quantile",
    "job": "Prometheus sets it for every target",
    "instance": "Prometheus sets it for every target",
}


# -- labels -----------------------------------------------------------------------------------------------------------


def build_labels(context: Context) -> None:
    """Read the labels."""
    for name, raw in context.section("labels"):
        path = ("labels", name)
        if name.startswith("__") or name in _RESERVED_LABELS:
            why = _RESERVED_LABELS.get(name, "names that begin with __ belong to Prometheus")
            context.report(path, f"label {name!r} is reserved: {why}", "choose another name", at_key=True)
        values = raw.get("values")
        if ("max_values" in raw) == (values is not None) and not context.damaged(path):
            problem = "both values and max_values" if values is not None else "neither values nor max_values"
            context.report(path, problem, "a closed label has `values`, an open one `max_values`", at_key=True)
        texts = tuple(as_text(value) for _, value in listed(values or ()))
        for index, text in enumerate(texts):
            if text in texts[:index]:
                context.report((*path, "values", index), f"value {text!r} stands here twice", "remove one")
            if not text:
                context.report((*path, "values", index), "an empty value", "an empty label is no label; name it")
        context.labels[name] = Label(
            name=name,
            description=raw.get("description", ""),
            values=texts if values is not None else None,
            max_values=raw.get("max_values") if values is None else None,
            bind=raw.get("bind", False),
            exceptions=_exceptions(context, name, raw, texts),
        )


def _exceptions(
    context: Context, name: str, raw: dict[str, Any], values: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    path = ("labels", name, "exceptions")
    named = raw.get("exceptions") or {}
    for value in named:
        if value not in values:
            context.report(
                (*path, value), f"label {name!r} has no value {value!r}", nearest(value, values), at_key=True
            )
    if named and "other" not in values:
        context.report(path, "no value for all other exceptions", "add `other` to the values", at_key=True)
    return {value: tuple(str(each) for _, each in listed(classes)) for value, classes in named.items()}


# -- metrics ----------------------------------------------------------------------------------------------------------


def build_metrics(context: Context) -> None:
    """Read the metrics; counters of a histogram's count come after the histograms."""
    entries = list(context.section("metrics"))
    for key, raw in sorted(entries, key=lambda entry: "count_of" in entry[1]):
        _build_metric(context, key, raw)
    order = [key for key, _ in entries if key in context.metrics]
    context.metrics = {key: context.metrics[key] for key in order}
    exposed.check_collisions(context)
    exposed.check_namespace(context)
    exposed.check_scales(context)


def _build_metric(context: Context, key: str, raw: dict[str, Any]) -> None:
    path = ("metrics", key)
    kind = MetricType(raw["type"])
    if key == UP:
        context.report(
            path, "'up' is the metric that Prometheus makes for each target", "choose another name", at_key=True
        )
    labels = _metric_labels(context, key, raw)
    if "count_of" in raw:
        histogram = _counted_histogram(context, key, raw, kind)
        if histogram is None:
            return
        if raw.get("labels") and set(labels) != set(histogram.labels):
            problem = f"labels differ from those of {histogram.key!r}, whose count this is"
            context.report((*path, "labels"), problem, "leave the labels out", at_key=True)
        labels = histogram.labels
    _check_fitting_keys(context, key, raw, kind)
    context.metrics[key] = Metric(
        key=key,
        type=kind,
        unit=exposed.unit(context, key, raw),
        help=raw["help"],
        labels=labels,
        buckets=_buckets(context, key, raw, kind),
        exposed=exposed.exposed_name(context, key, raw, kind),
        scale=exposed.scale(context, key, raw),
        shared=raw.get("shared", False),
        count_of=raw.get("count_of"),
        combine=Combine(raw.get("combine", "sum")),
        time_by=_time_by(context, key, raw, labels),
    )


def _metric_labels(context: Context, key: str, raw: dict[str, Any]) -> tuple[str, ...]:
    path = ("metrics", key, "labels")
    good = []
    for index, name in listed(raw.get("labels") or ()):
        if name not in context.named("labels"):
            context.report((*path, index), f"no label {name!r}", nearest(name, context.named("labels")))
        elif name in good:
            context.report((*path, index), f"label {name!r} stands here twice", "remove one")
        elif name in context.labels and context.labels[name].bind:
            context.report((*path, index), f"label {name!r} is bound, so it is on every metric", "remove it here")
        elif name in context.labels:
            good.append(name)
    return tuple(good)


def _counted_histogram(context: Context, key: str, raw: dict[str, Any], kind: MetricType) -> Metric | None:
    path = ("metrics", key, "count_of")
    if kind is not MetricType.COUNTER:
        context.report(path, f"a {kind} cannot be a histogram's count", "make it a counter", at_key=True)
        return None
    histogram = context.metric(path, raw["count_of"])
    if histogram is None:
        return None
    if histogram.type is not MetricType.HISTOGRAM:
        histograms = [name for name, metric in context.metrics.items() if metric.type is MetricType.HISTOGRAM]
        context.report(path, f"{histogram.key!r} is a {histogram.type}", nearest(raw["count_of"], histograms))
        return None
    return histogram


def _check_fitting_keys(context: Context, key: str, raw: dict[str, Any], kind: MetricType) -> None:
    """Keys that have a meaning for one type of metric only."""
    if "scale" in raw and kind is MetricType.INFO:
        context.report(("metrics", key, "scale"), "an info has no value to scale", "remove it", at_key=True)
    belongs = {"buckets": MetricType.HISTOGRAM, "time_by": MetricType.HISTOGRAM, "combine": MetricType.GAUGE}
    for word, owner in belongs.items():
        if word in raw and kind is not owner:
            context.report(
                ("metrics", key, word), f"a {kind} has no {word}", f"only a {owner} has; remove it", at_key=True
            )


def _buckets(context: Context, key: str, raw: dict[str, Any], kind: MetricType) -> tuple[float, ...]:
    path = ("metrics", key, "buckets")
    buckets = raw.get("buckets")
    if buckets is None:
        if kind is MetricType.HISTOGRAM and not context.damaged(("metrics", key)):
            cure = "add a list of bounds, or {start: 0.001, factor: 2, count: 12}"
            context.report(("metrics", key), "a histogram without buckets", cure, at_key=True)
        return ()
    if isinstance(buckets, dict):
        start, factor, count = buckets["start"], buckets["factor"], buckets["count"]
        bounds = [_shortest(start * factor**power) for power in range(count)]
        if not all(map(math.isfinite, bounds)):
            context.report(path, "the largest bounds are not finite", "use a smaller factor or count")
            return ()
        return tuple(bounds)
    good: list[float] = []
    for index, bound in listed(buckets):
        if not math.isfinite(bound):
            context.report((*path, index), f"{bound} is not finite", "leave it out; the +Inf bucket is always there")
        elif good and bound <= good[-1]:
            context.report((*path, index), f"{bound:g} is not greater than {good[-1]:g}", "sort the bounds, each once")
        else:
            good.append(float(bound))
    return tuple(good)


def _shortest(bound: float) -> float:
    """A computed bound without the noise of floating point, so that `le` labels stay readable."""
    return float(f"{bound:.12g}")


def _time_by(context: Context, key: str, raw: dict[str, Any], labels: tuple[str, ...]) -> str | None:
    name: str | None = raw.get("time_by")
    if name is None or name not in labels:
        if name is not None:
            context.report(("metrics", key, "time_by"), f"the metric has no label {name!r}", nearest(name, labels))
        return None
    if not context.labels[name].closed:
        context.report(
            ("metrics", key, "time_by"), f"label {name!r} is open", "give it `values`, or use a closed label"
        )
        return None
    if raw.get("unit") != "seconds":
        context.report(
            ("metrics", key, "time_by"), "the metric is no time", "give it `unit: seconds`, or remove `time_by`"
        )
        return None
    return name


# -- events -----------------------------------------------------------------------------------------------------------


def build_events(context: Context) -> dict[str, Event]:
    """Read the events."""
    return {key: _build_event(context, key, raw) for key, raw in context.section("events")}


def _build_event(context: Context, key: str, raw: dict[str, Any]) -> Event:
    path = ("events", key)
    if keyword.iskeyword(key):
        context.report(path, f"{key!r} is a keyword of Python", "choose another name", at_key=True)
    metrics: list[Metric] = []
    observe = raw.get("observe")
    if observe is not None and (histogram := context.metric((*path, "observe"), observe)):
        if histogram.type is MetricType.HISTOGRAM:
            metrics.append(histogram)
        else:
            cure = "observe a histogram; counters go under `count`, gauges under `set`"
            context.report((*path, "observe"), f"{observe!r} is a {histogram.type}", cure)
    count = _amounts(context, key, "count", raw.get("count"), MetricType.COUNTER, metrics)
    set_ = _amounts(context, key, "set", raw.get("set"), MetricType.GAUGE, metrics)
    if not {"observe", "count", "set"} & raw.keys() and not context.damaged(path):
        context.report(path, "the event touches no metric", "add observe, count or set", at_key=True)
    labels = _fixed_labels(context, key, raw, metrics)
    arguments = _argument_labels(context, key, raw, metrics, labels)
    _check_covered(context, key, raw, metrics, {*labels, *arguments})
    event = Event(
        key=key,
        description=raw.get("description", ""),
        observe=observe,
        count=count,
        set=set_,
        labels=labels,
        arguments=arguments,
        on_exception=raw.get("on_exception", False),
    )
    for name in event.amounts:
        if name in arguments or not name.isidentifier() or keyword.iskeyword(name) or name in ("self", "exemplar"):
            context.report(path, f"{name!r} cannot be the name of an argument", "choose another name", at_key=True)
    if event.on_exception and not event.observe:
        context.report(
            (*path, "on_exception"), "no timer records this event", "it must `observe` a histogram", at_key=True
        )
    return event


def _amounts(
    context: Context, key: str, word: str, raw: Any, kind: MetricType, touched: list[Metric]
) -> dict[str, float | str]:
    """What an event adds or sets: a metric, a list of them, or a map to amounts; `touched` gets the metrics."""
    path = ("events", key, word)
    items: list[tuple[Path, str, float | str | None]]
    if isinstance(raw, str):
        items = [(path, raw, None)]
    elif isinstance(raw, list):
        items = [((*path, index), name, None) for index, name in listed(raw)]
    else:
        items = [((*path, name), name, amount) for name, amount in (raw or {}).items()]
    amounts: dict[str, float | str] = {}
    for place, name, amount in items:
        metric = context.metric(place, name)
        if metric is None:
            continue
        if metric.type is not kind or metric.key == UP:
            context.report(place, f"{name!r} is a {metric.type}", f"`{word}` takes a {kind}")
            continue
        if metric.count_of is not None:
            cure = f"observe {metric.count_of!r}; this counter follows"
            context.report(place, f"{name!r} is the count of {metric.count_of!r}", cure)
            continue
        if kind is MetricType.COUNTER and isinstance(amount, int | float) and not 0 <= amount < math.inf:
            context.report(place, f"a counter cannot be given {amount}", "use a finite number that is not negative")
            continue
        touched.append(metric)
        default: float | str = 1.0 if kind is MetricType.COUNTER else name
        amounts[name] = default if amount is None else amount
    return amounts


def _fixed_labels(context: Context, key: str, raw: dict[str, Any], metrics: list[Metric]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for name, value in (raw.get("with") or {}).items():
        path = ("events", key, "with", name)
        if _usable(context, path, name, metrics, at_key=True) and context.label_value(path, name, as_text(value)):
            labels[name] = as_text(value)
    return labels


def _argument_labels(
    context: Context, key: str, raw: dict[str, Any], metrics: list[Metric], fixed: dict[str, str]
) -> tuple[str, ...]:
    arguments = []
    for index, name in listed(raw.get("arguments") or ()):
        path = ("events", key, "arguments", index)
        if name in fixed or name in arguments:
            context.report(path, f"label {name!r} is set twice", "set it either in `with` or as an argument")
        elif _usable(context, path, name, metrics, at_key=False):
            arguments.append(name)
    return tuple(arguments)


def _usable(context: Context, path: Path, name: str, metrics: list[Metric], *, at_key: bool) -> bool:
    """Whether an event may set a label; if not, that is reported."""
    settable = list(dict.fromkeys(label for metric in metrics for label in metric.labels))
    if name in settable:
        return True
    if name in context.labels and context.labels[name].bind:
        problem, cure = f"label {name!r} is bound when the exporter is built", "remove it here"
        context.report(path, problem, cure, at_key=at_key)
    elif metrics:
        problem = f"no metric of this event has a label {name!r}"
        context.report(path, problem, nearest(name, settable), at_key=at_key)
    return False


def _check_covered(context: Context, key: str, raw: dict[str, Any], metrics: list[Metric], given: set[str]) -> None:
    """Every label of every metric of an event needs a value."""
    named = {*(raw.get("with") or {}), *(raw.get("arguments") or ())}
    for metric in metrics:
        for name in metric.labels:
            if name not in given and name not in named:
                cure = "give it in `with`, or name it in `arguments`"
                context.report(("events", key), f"label {name!r} of {metric.key!r} has no value", cure, at_key=True)
                named.add(name)
