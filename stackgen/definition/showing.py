"""What is shown: dashboards, and whether their panels can be drawn."""

from __future__ import annotations

from typing import Any

from stackgen.definition.context import Context, listed
from stackgen.definition.meaning import metrics_of
from stackgen.definition.model import Dashboard, Metric, MetricType, Panel, PanelKind, Row
from stackgen.definition.tree import Path
from stackgen.definition.words import nearest

_KINDS = [kind.value for kind in PanelKind]


def build_dashboards(context: Context) -> dict[str, Dashboard]:
    """Read the dashboards."""
    dashboards = {}
    for key, raw in context.section("dashboards"):
        path = ("dashboards", key, "rows")
        rows = [
            Row(
                title=row["title"],
                panels=tuple(_panels(context, (*path, index, "panels"), row.get("panels") or ())),
                collapsed=row.get("collapsed", False),
            )
            for index, row in listed(raw.get("rows") or ())
        ]
        dashboards[key] = Dashboard(
            key=key,
            title=raw["title"],
            description=raw.get("description", ""),
            rows=tuple(rows),
            tags=tuple(tag for _, tag in listed(raw.get("tags") or ())),
        )
    return dashboards


def _panels(context: Context, path: Path, raws: Any) -> list[Panel]:
    built = (_panel(context, (*path, index), raw) for index, raw in listed(raws))
    return [panel for panel in built if panel is not None]


def _panel(context: Context, path: Path, raw: dict[str, Any]) -> Panel | None:
    kinds = [kind for kind in _KINDS if kind in raw]
    if len(kinds) != 1:
        if kinds or not context.damaged(path):
            problem = f"{' and '.join(kinds)} at once" if kinds else "the panel has no kind"
            context.report(path, problem, "keep one" if kinds else f"add one of {', '.join(_KINDS)}")
        return None
    kind = PanelKind(kinds[0])
    if kind is PanelKind.TEXT:
        return Panel(kind=kind, title=raw.get("title", ""), description=raw.get("description", ""), text=raw["text"])
    if kind is PanelKind.HEATMAP:
        return _heatmap(context, path, raw)
    return _signal_panel(context, path, kind, raw)


def _heatmap(context: Context, path: Path, raw: dict[str, Any]) -> Panel | None:
    metric = context.metric((*path, "heatmap"), raw["heatmap"])
    if metric is None:
        return None
    if metric.type is not MetricType.HISTOGRAM:
        histograms = [key for key, each in context.metrics.items() if each.type is MetricType.HISTOGRAM]
        context.report((*path, "heatmap"), f"{metric.key!r} is a {metric.type}", nearest(metric.key, histograms))
        return None
    return Panel(
        kind=PanelKind.HEATMAP,
        title=raw.get("title", metric.help.rstrip(".")),
        description=raw.get("description", metric.help),
        metric=metric.key,
    )


def _signal_panel(context: Context, path: Path, kind: PanelKind, raw: dict[str, Any]) -> Panel | None:
    named = raw[kind.value]
    keys = [((*path, kind.value, index), key) for index, key in listed(named)] if isinstance(named, list) else []
    if isinstance(named, str):
        keys = [((*path, kind.value), named)]
    signals = [signal for place, key in keys if (signal := context.signal(place, key)) is not None]
    if not signals:
        return None
    by = None
    if "by" in raw:
        metrics: list[Metric] = [metric for signal in signals for metric in metrics_of(context, signal)]
        by = context.splittable((*path, "by"), raw["by"], metrics)
    if "title" not in raw and len(signals) > 1:
        context.report(path, "several signals and no title", "add `title`")
    return Panel(
        kind=kind,
        title=raw.get("title", signals[0].title),
        description=raw.get("description", " ".join(signal.description for signal in signals).strip()),
        signals=tuple(signal.key for signal in signals),
        by=by,
    )
