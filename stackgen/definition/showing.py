"""What is shown: dashboards, their rows, and the order in which rows and panels stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from stackgen.definition.context import Context, listed
from stackgen.definition.model import Dashboard, Panel, Row
from stackgen.definition.panels import build_panel
from stackgen.definition.tree import Path
from stackgen.definition.words import nearest


def build_dashboards(context: Context) -> dict[str, Dashboard]:
    """Read the dashboards."""
    dashboards = {}
    for key, raw in context.section("dashboards"):
        path = ("dashboards", key)
        rows = [
            Row(
                title=row["title"],
                panels=tuple(_panels(context, (*path, "rows", step, "panels"), row.get("panels") or [])),
                collapsed=row.get("collapsed", False),
            )
            for step, row in in_order(context, (*path, "rows"), raw.get("rows") or [])
        ]
        dashboards[key] = Dashboard(
            key=key,
            title=raw["title"],
            description=raw.get("description", ""),
            rows=tuple(rows),
            tags=tuple(tag for _, tag in listed(raw.get("tags") or ())),
            variables=_variables(context, (*path, "variables"), raw.get("variables") or ()),
            range=context.seconds((*path, "range"), raw.get("range"), 0.0, least=60.0) or None,
            drill_down=_drill_down(context, (*path, "drill_down"), raw.get("drill_down")),
        )
    return dashboards


def in_order(
    context: Context, path: Path, raws: list[Any] | dict[str, Any]
) -> Iterator[tuple[str | int, dict[str, Any]]]:
    """Rows or panels as they stand: a list in its order, a mapping too, but for those that name what they go before."""
    if isinstance(raws, list):
        for index, each in listed(raws):
            if "before" in each:
                context.report((*path, index, "before"), "what is in a list has no key", "use a mapping, or move it")
            yield index, each
        return
    order = [key for key in raws if raws[key] is not None]
    for key in [each for each in order if "before" in raws[each]]:
        before = raws[key]["before"]
        others = [each for each in order if each != key]
        if before not in others:
            context.report((*path, key, "before"), f"nothing here is called {before!r}", nearest(before, others))
            continue
        order.remove(key)
        order.insert(order.index(before), key)
    for key in order:
        yield key, raws[key]


def _panels(context: Context, path: Path, raws: list[Any] | dict[str, Any]) -> list[Panel]:
    built = (build_panel(context, (*path, step), raw) for step, raw in in_order(context, path, raws))
    return [panel for panel in built if panel is not None]


def _variables(context: Context, path: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Labels that there are, that events set, and that something has."""
    set_by_events = {label: None for metric in context.metrics.values() for label in metric.labels}
    found: dict[str, None] = {}
    for index, name in listed(names):
        if name in context.labels and context.labels[name].bind:
            context.report((*path, index), f"{name!r} is bound, and every dashboard has it", "leave it out")
        elif name not in set_by_events:
            context.report((*path, index), f"no metric has a label {name!r}", nearest(name, set_by_events))
        else:
            found[name] = None
    return tuple(found)


def _drill_down(context: Context, path: Path, key: str | None) -> str | None:
    known = context.named("dashboards")
    if key is not None and key not in known:
        context.report(path, f"no dashboard {key!r}", nearest(key, known))
    return key
