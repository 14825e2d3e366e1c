"""One panel: what it shows, and whether that can be drawn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from stackgen.definition.context import Context, listed
from stackgen.definition.ends import dial_end, is_share
from stackgen.definition.grafana import check_fields, check_options, check_overrides
from stackgen.definition.meaning import build_signal, split_by
from stackgen.definition.model import (
    Above,
    Below,
    Info,
    MetricType,
    Panel,
    PanelKind,
    Severity,
    Signal,
    Threshold,
)
from stackgen.definition.tree import Path
from stackgen.definition.words import nearest

_KINDS = [kind.value for kind in PanelKind]
_COMPARISONS: dict[str, type[Above | Below]] = {"above": Above, "at_least": Above, "below": Below, "at_most": Below}


def build_panel(context: Context, path: Path, raw: dict[str, Any]) -> Panel | None:
    """The panel at a path; None if it cannot be drawn, which is reported."""
    kinds = [kind for kind in _KINDS if kind in raw]
    if len(kinds) != 1:
        if kinds or not context.damaged(path):
            problem = f"{' and '.join(kinds)} at once" if kinds else "the panel has no kind"
            context.report(path, problem, "keep one" if kinds else f"add one of {', '.join(_KINDS)}")
        return None
    kind = PanelKind(kinds[0])
    options = raw.get("options") or {}
    check_options(context, (*path, "options"), kind, options)
    if kind is PanelKind.TEXT:
        _only_with_numbers(context, path, raw, "fields", "overrides", "thresholds", "by")
        title, description = raw.get("title", ""), raw.get("description", "")
        return Panel(
            kind=kind, title=title, description=description, text=raw["text"], height=raw.get("height"), options=options
        )
    fields = raw.get("fields") or {}
    check_fields(context, (*path, "fields"), kind, fields)
    overrides = tuple(each for _, each in listed(raw.get("overrides") or ()))
    if kind is PanelKind.HEATMAP:
        _only_with_numbers(context, path, raw, "thresholds", "by")
        return _heatmap(context, path, raw, options=options, fields=fields, overrides=overrides)
    signals = _signals(context, (*path, kind.value), raw[kind.value])
    if not signals:
        return None
    check_overrides(context, (*path, "overrides"), kind, raw.get("overrides") or (), [each.key for each in signals])
    by = None
    if "by" in raw:
        by = split_by(context, (*path, "by"), raw["by"], [signal.expression for signal in signals])
    if "title" not in raw and len(signals) > 1:
        context.report(path, "several signals and no title", "add `title`")
    thresholds = tuple(_thresholds(context, (*path, "thresholds"), raw.get("thresholds") or [], signals[0]))
    if kind is PanelKind.GAUGE:
        _check_ends(context, path, raw, signals, thresholds)
    if kind is PanelKind.TABLE and by is None:
        _check_lines(context, (*path, "table"), signals)
    return Panel(
        kind=kind,
        title=raw.get("title", signals[0].title),
        description=raw.get("description", " ".join(signal.description for signal in signals).strip()),
        signals=tuple(signal.key for signal in signals),
        inline={signal.key: signal for signal in signals if context.signals.get(signal.key) is not signal},
        by=by,
        height=raw.get("height"),
        thresholds=thresholds,
        options=options,
        fields=fields,
        overrides=overrides,
    )


def _check_ends(
    context: Context, path: Path, raw: dict[str, Any], signals: Iterable[Signal], thresholds: Iterable[Threshold]
) -> None:
    """A dial is a part of something: without an end Grafana takes the largest number shown, and it is always full."""
    settings = {one["id"] for _, each in listed(raw.get("overrides") or ()) for _, one in listed(each["properties"])}
    if "max" in {*(raw.get("fields") or {}), *settings} or context.damaged(path) or context.damaged(("alerts",)):
        return
    for signal in signals:
        watching = [each for each in context.alerts.values() if each.signal == signal.key]
        if dial_end(signal, [*watching, *thresholds]) is None:
            limits = [each.condition.than for each in watching if isinstance(each.condition, Above)]
            cure = f"show the ratio of it to {limits[0]!r}, or " if limits else ""
            cure += "add `fields: {max: ...}`, or use stat or bargauge"
            context.report((*path, "gauge"), f"the dial of {signal.key!r} has no end", cure)


def _check_lines(context: Context, path: Path, signals: Iterable[Signal]) -> None:
    """Columns of one table have the same lines: Grafana repeats a number on all lines that it has no labels for."""
    split = [each for each in signals if not isinstance(each.expression, Info)]
    for other in split[1:]:
        if {*other.by} != {*split[0].by}:
            more, less = (split[0], other) if len(split[0].by) >= len(other.by) else (other, split[0])
            problem = f"{more.key!r} is by {', '.join(more.by)}, {less.key!r} by {', '.join(less.by) or 'nothing'}"
            context.report(path, problem, "split all of them alike with `by`, or make two tables")
            return


def _heatmap(context: Context, path: Path, raw: dict[str, Any], **grafanas: Any) -> Panel | None:
    metric = context.metric((*path, "heatmap"), raw["heatmap"])
    if metric is None:
        return None
    if metric.type is not MetricType.HISTOGRAM:
        histograms = [key for key, each in context.metrics.items() if each.type is MetricType.HISTOGRAM]
        context.report((*path, "heatmap"), f"{metric.key!r} is a {metric.type}", nearest(metric.key, histograms))
        return None
    check_overrides(context, (*path, "overrides"), PanelKind.HEATMAP, raw.get("overrides") or (), [metric.key])
    return Panel(
        kind=PanelKind.HEATMAP,
        title=raw.get("title", metric.help.rstrip(".")),
        description=raw.get("description", metric.help),
        metric=metric.key,
        height=raw.get("height"),
        **grafanas,
    )


def _signals(context: Context, path: Path, shown: Any) -> list[Signal]:
    """What a panel shows: signals by their keys, and signals that are written out in their place."""
    entries = [((*path, index), entry) for index, entry in listed(shown)] if isinstance(shown, list) else []
    if isinstance(shown, str | dict):
        entries = [(path, shown)]
    found: list[Signal] = []
    for place, entry in entries:
        if isinstance(entry, str):
            signal = context.signal(place, entry)
        else:
            key = _key(entry["title"])
            if key in context.signals or any(each.key == key for each in found):
                problem = f"another signal has the title {entry['title']!r}, or a key like it"
                context.report((*place, "title"), problem, "give this one a title of its own")
                continue
            signal = build_signal(context, place, key, entry, shown=True)
        if signal is not None:
            found.append(signal)
    return found


def _key(title: str) -> str:
    """The key of a signal that has none, which is its query's refId: `budget_left` for `Budget left`."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "value"


def _thresholds(context: Context, path: Path, raws: list[Any], signal: Signal) -> Iterator[Threshold]:
    for index, raw in listed(raws):
        words = [word for word in _COMPARISONS if word in raw]
        if len(words) != 1:
            problem = f"{' and '.join(words)} at once" if words else "the threshold has no number"
            context.report((*path, index), problem, "keep one" if words else f"add one of {', '.join(_COMPARISONS)}")
            continue
        number = context.quantity((*path, index, words[0]), raw[words[0]], signal.unit)
        if number is not None and not 0 <= number <= 1 and is_share(signal):
            problem = f"{signal.key!r} is a ratio, which is 0 to 1, and never comes to {number:g}"
            cure = f"write {number:g}% or {number / 100:g}" if 1 < number <= 100 else "write 0% to 100%, or 0 to 1"
            context.report((*path, index, words[0]), problem, cure)
        elif number is not None:
            comparison: Above | Below = _COMPARISONS[words[0]](number, words[0].startswith("at_"))
            yield Threshold(comparison, Severity(raw["severity"]))


def _only_with_numbers(context: Context, path: Path, raw: dict[str, Any], *words: str) -> None:
    for word in words:
        if word in raw:
            context.report((*path, word), "this kind of panel has no use for it", f"remove {word!r}", at_key=True)
