"""Definitions at random: any metrics, signals, alerts and rows that the language allows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from stackgen.definition.model import (
    UP,
    Above,
    Alert,
    Below,
    Condition,
    Dashboard,
    Definition,
    Drop,
    Expression,
    Increase,
    Info,
    Label,
    Level,
    Mean,
    Metric,
    MetricType,
    Panel,
    PanelKind,
    Quantile,
    Rate,
    Ratio,
    Raw,
    Row,
    Selector,
    Severity,
    Signal,
    Stack,
)

#: What people may write: anything but what YAML does not take.
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=25)
titles = texts.filter(str.strip)
label_values = st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=6), max_size=4)
units = st.sampled_from((None, "seconds", "bytes", "ratio", "celsius", "widgets"))
numbers = st.floats(-1e6, 1e6, allow_nan=False)

_SUFFIX = {MetricType.COUNTER: "_total", MetricType.INFO: "_info"}
_DRAWN = [kind for kind in PanelKind if kind not in (PanelKind.TEXT, PanelKind.HEATMAP)]


@st.composite
def labels(draw: st.DrawFn) -> dict[str, Label]:
    names = draw(st.lists(st.sampled_from(("cache", "zone", "code", "path", "datasource")), unique=True))
    return {
        name: Label(name=name, bind=draw(st.booleans()), values=tuple(values) or None, max_values=9)
        for name in names
        for values in (dict.fromkeys(draw(label_values)),)
    }


@st.composite
def metrics(draw: st.DrawFn, free: list[str]) -> dict[str, Metric]:
    types = [MetricType.COUNTER, MetricType.HISTOGRAM, *draw(st.lists(st.sampled_from(MetricType), max_size=4))]
    own = st.lists(st.sampled_from(free), unique=True) if free else st.just([])
    return {
        f"m{number}": Metric(
            key=f"m{number}",
            type=kind,
            help=draw(texts),
            unit=draw(units),
            labels=tuple(draw(own)),
            buckets=tuple(sorted(draw(st.sets(numbers, min_size=1, max_size=4)))) if kind == "histogram" else (),
            exposed=f"x_m{number}{_SUFFIX.get(kind, '')}",
        )
        for number, kind in enumerate(types)
    }


@st.composite
def expressions(draw: st.DrawFn, known: dict[str, Metric], closed: dict[str, Label]) -> tuple[Expression, set[str]]:
    """An expression, and the labels by which it can be split."""

    def selector(*kinds: MetricType) -> Selector:
        metric = draw(st.sampled_from([each for each in known.values() if each.type in kinds]))
        narrowed = [closed[name] for name in metric.labels if name in closed]
        label = draw(st.sampled_from([None, *narrowed]))
        where = {label.name: (label.values or ())[:2]} if label else {}
        return Selector(of=metric.key, where=where)

    counted = MetricType.COUNTER, MetricType.HISTOGRAM
    present = {metric.type for metric in known.values()}
    choices = ["rate", "increase", "ratio", "quantile", "mean", "raw", "up"]
    choices += [
        each for each in ("level", "info") if {"level": MetricType.GAUGE, "info": MetricType.INFO}[each] in present
    ]
    one = selector(*counted)
    made: Expression
    match draw(st.sampled_from(choices)):
        case "rate":
            made = Rate((one,))
        case "increase":
            made = Increase((one, one))
        case "ratio":
            made = Ratio((one,), (Selector(of=one.of),))
        case "quantile":
            one = selector(MetricType.HISTOGRAM)
            made = Quantile(one, draw(st.floats(0, 1)))
        case "mean":
            one = selector(MetricType.HISTOGRAM)
            made = Mean(one)
        case "raw":
            one = Selector(of=one.of)
            suffix = "_count" if known[one.of].type is MetricType.HISTOGRAM else ""
            made = Raw(f"sum by ($by) (rate({one.of}{suffix}[$window]))")
        case "level":
            one = selector(MetricType.GAUGE)
            made = Level((one,), draw(st.sampled_from(("sum", "max", "min", "avg"))))
        case "info":
            one = selector(MetricType.INFO)
            made = Info(one)
        case _:
            return Level((Selector(of=UP),), "min"), set()
    return made, set(known[one.of].labels)


@st.composite
def alerts(draw: st.DrawFn, signals: dict[str, Signal]) -> dict[str, Alert]:
    found = draw(st.lists(st.sampled_from(list(signals)), max_size=5))
    than = st.one_of(numbers, st.sampled_from(list(signals)))
    conditions: st.SearchStrategy[Condition] = st.one_of(
        st.builds(Above, than), st.builds(Below, than), st.just(Drop(share=0.5, baseline=3600.0))
    )
    return {
        f"A{number}": Alert(
            name=f"A{number}",
            signal=signal,
            condition=draw(conditions),
            summary="",
            for_=draw(st.sampled_from((0.0, 90.0))),
            severity=draw(st.sampled_from(Severity)),
        )
        for number, signal in enumerate(found)
    }


@st.composite
def panels(draw: st.DrawFn, signals: dict[str, Signal], histograms: list[str], bound: list[str]) -> Panel:
    words: dict[str, Any] = {"title": draw(texts), "description": draw(texts)}
    kind = draw(st.sampled_from(PanelKind))
    if kind is PanelKind.TEXT:
        return Panel(kind=kind, text=draw(texts), **words)
    if kind is PanelKind.HEATMAP:
        return Panel(kind=kind, metric=draw(st.sampled_from(histograms)), **words)
    shown = tuple(draw(st.lists(st.sampled_from(list(signals)), min_size=1, max_size=4)))
    of_targets = any(signals[key].expression == Level((Selector(of=UP),), "min") for key in shown)
    by = st.lists(st.sampled_from(["job", "instance", *([] if of_targets else bound)]), unique=True).map(tuple)
    return Panel(kind=kind, signals=shown, by=draw(st.one_of(st.none(), by)), **words)


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """A definition with dashboards of its own, or (one time in a few) with none."""
    declared = draw(labels())
    bound = [name for name, label in declared.items() if label.bind]
    known = draw(metrics([name for name in declared if name not in bound]))
    closed = {name: label for name, label in declared.items() if label.values and not label.bind}
    signals = {}
    for number in range(draw(st.integers(1, 8))):
        expression, own = draw(expressions(known, closed))
        splitting = st.lists(st.sampled_from(sorted(own)), unique=True) if own else st.just([])
        signals[f"s{number}"] = Signal(
            key=f"s{number}",
            title=draw(titles),
            expression=expression,
            unit=draw(
                st.sampled_from(("seconds", "bytes", "ratio", "per_second", "bytes_per_second", "count", "widgets"))
            ),
            description=draw(texts),
            good=draw(st.sampled_from((None, "high", "low"))),
            by=tuple(draw(splitting)),
            states=draw(st.dictionaries(st.integers(-3, 9), titles, max_size=3))
            if isinstance(expression, Level)
            else {},
        )
    histograms = [key for key, metric in known.items() if metric.type is MetricType.HISTOGRAM]
    rows = st.builds(
        Row,
        title=titles,
        collapsed=st.booleans(),
        panels=st.lists(panels(signals, histograms, bound), max_size=9).map(tuple),
    )
    boards = {
        key: Dashboard(
            key=key, title=draw(titles), description=draw(texts), rows=tuple(draw(st.lists(rows, max_size=4)))
        )
        for key in draw(st.lists(st.sampled_from(("overview", "detail")), unique=True))
    }
    return Definition(
        name="x",
        title=draw(titles),
        source="x.yaml",
        labels=declared,
        metrics=known,
        signals=signals,
        alerts=draw(alerts(signals)),
        dashboards=boards,
        stack=Stack(jobs=("x",), runbooks="http://127.0.0.1:9095/runbooks", grafana="http://127.0.0.1:3000"),
    )
