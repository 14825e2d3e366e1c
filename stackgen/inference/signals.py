"""What each metric by itself says: rates of counters, levels of gauges, quantiles of histograms, means of summaries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from stackgen.inference.draft import Body, Draft, DraftLabel, DraftMetric, DraftSignal, Keys
from stackgen.inference.labels import split_of
from stackgen.inference.words import tells_failure, title
from stackgen.scrape.families import FamilyType
from stackgen.scrape.names import words
from stackgen.scrape.units import is_date

UP_SIGNAL = "targets_up"
#: Units of which the sum over instances means nothing.
_NOT_SUMMED = ("celsius", "hertz", "ratio", "volts")
#: Words of gauges that are 1 while all is well and 0 while it is not.
_WELL = frozenset({"enabled", "healthy", "ok", "ready", "success", "successful", "up"})


def metric_signals(draft: Draft, keys: Keys) -> Iterator[DraftSignal]:
    """The signals of the metrics, in their order, and `targets_up`."""
    for metric in draft.metrics:
        match metric.type:
            case "counter" if metric.exposed.endswith("_sum") and metric.family.name != metric.exposed:
                continue  # of a summary: it is read together with its count
            case "counter" if metric.exposed.endswith("_count") and metric.family.name != metric.exposed:
                yield from _summary(draft, metric, keys)
            case "counter":
                yield _rate(metric, draft.labels, keys)
            case "histogram":
                yield from _histogram(metric, draft.labels, keys)
            case "info":
                yield _signal(metric, keys.take(metric.key), title(metric.key), {"info": {"of": metric.key}})
            case _:
                yield _gauge(metric, draft.labels, keys)


def up_signal(keys: Keys) -> DraftSignal:
    """Whether the targets themselves answer."""
    return DraftSignal(
        key=keys.take(UP_SIGNAL),
        title="Targets up",
        description="Whether the last scrape of the target succeeded.",
        good="high",
        body={"level": {"of": "up", "aggregate": "min"}},
        states={0: "down", 1: "up"},
        group="",
        live=True,
    )


def _signal(
    metric: DraftMetric,
    key: str,
    text: str,
    body: Body,
    *,
    by: tuple[str, ...] = (),
    good: str | None = None,
    unit: str | None = None,
    states: Mapping[int, str] | None = None,
    live: bool | None = None,
    chief: bool = False,
) -> DraftSignal:
    return DraftSignal(
        key=key,
        title=text,
        description=metric.help,
        body=body,
        by=by,
        good=good,
        unit=unit,
        states=states or {},
        group=metric.group,
        live=metric.present if live is None else live,
        chief=chief,
    )


def _rate(metric: DraftMetric, labels: Mapping[str, DraftLabel], keys: Keys) -> DraftSignal:
    failure = tells_failure(metric.exposed)
    return _signal(
        metric,
        keys.take(metric.key),
        title(metric.key),
        {"rate": {"of": metric.key}},
        by=split_of(metric.family, labels),
        good="low" if failure else None,
    )


def _histogram(metric: DraftMetric, labels: Mapping[str, DraftLabel], keys: Keys) -> Iterator[DraftSignal]:
    name = title(metric.key)
    chief = metric.unit == "seconds"
    yield _signal(
        metric,
        keys.take(f"{metric.key}_rate"),
        f"{name}, per second",
        {"rate": {"of": metric.key}},
        by=split_of(metric.family, labels),
    )
    for q, word in ((0.5, "p50"), (0.99, "p99")):
        # Two quantiles are drawn on one graph, by what their titles have in common.
        text = f"{word} {name if name[1:2].isupper() else name[:1].lower() + name[1:]}"
        yield _signal(
            metric,
            keys.take(f"{metric.key}_{word}"),
            text,
            {"quantile": {"of": metric.key, "q": q}},
            good="low" if metric.unit == "seconds" else None,
            live=metric.present and metric.moved,
            chief=chief and word == "p99",
        )


def _summary(draft: Draft, count: DraftMetric, keys: Keys) -> Iterator[DraftSignal]:
    name = title(count.key.removesuffix("_count"))
    yield _signal(
        count,
        keys.take(f"{count.key.removesuffix('_count')}_rate"),
        f"{name}, per second",
        {"rate": {"of": count.key}},
        by=split_of(count.family, draft.labels),
    )
    total = draft.metric(f"{count.family.name}_sum")
    if total is None:
        return
    scaled = f"{total.scale!r} * " if total.scale != 1 else ""
    divided = f"{scaled}sum by ($by) (rate({total.key}[$window])) / (sum by ($by) (rate({count.key}[$window])) > 0)"
    yield _signal(
        count,
        keys.take(f"{count.key.removesuffix('_count')}_mean"),
        f"Mean {name[:1].lower() + name[1:]}",
        {"promql": divided},
        unit=total.unit or "count",
        good="low" if total.unit == "seconds" else None,
        live=count.present and count.moved,
    )


def _gauge(metric: DraftMetric, labels: Mapping[str, DraftLabel], keys: Keys) -> DraftSignal:
    by = split_of(metric.family, labels)
    if is_date(metric.family):
        key = keys.take(f"{metric.key}_age", f"{metric.key}_age_seconds")
        text = f"Time since {title(metric.key)[:1].lower()}{title(metric.key)[1:]}"
        return _signal(
            metric, key, text, {"promql": f"time() - max by ($by) ({metric.key})"}, by=by, unit="seconds"
        )  # fmt: skip
    values = {each.value for each in metric.family.children}
    well = bool(values) and values <= {0.0, 1.0} and not _WELL.isdisjoint(words(metric.exposed)[-1:])
    if well and metric.family.type is not FamilyType.STATESET:
        aggregate, good, states = "min", "high", {0: "no", 1: "yes"}
    else:
        aggregate, states = ("max" if metric.unit in _NOT_SUMMED else "sum"), {}
        good = "low" if tells_failure(metric.exposed) else ""
    level: dict[str, object] = {"of": metric.key}
    if aggregate != "sum":
        level["aggregate"] = aggregate
    return _signal(
        metric,
        keys.take(metric.key),
        title(metric.key),
        {"level": level},
        by=by,
        good=good or None,
        states=states,
    )


def matcher(label: str, values: tuple[str, ...]) -> dict[str, object]:
    """A `where` of one label."""
    return {label: values[0] if len(values) == 1 else list(values)}


def quoted(values: tuple[str, ...]) -> str:
    """Values as a remark names them."""
    return ", ".join(json.dumps(value, ensure_ascii=False) for value in values)
