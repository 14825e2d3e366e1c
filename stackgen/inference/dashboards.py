"""Dashboards of an inferred definition: the generator's own layout, of what has something to show, page by page.

A system with few signals gets one page. A large one gets a page of what matters most and one for each of its parts;
what client libraries expose by themselves has its own page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from stackgen.definition.model import Definition, Panel, PanelKind
from stackgen.generators.grafana.defaults import default_dashboards
from stackgen.inference.draft import Draft, DraftSignal
from stackgen.inference.metrics import RUNTIME_GROUP
from stackgen.inference.words import title

#: Most signals of one page.
_ONE_PAGE = 40
_CHIEF_AT_MOST = 36


def dashboards(draft: Draft, definition: Definition) -> dict[str, object]:
    """The section `dashboards` of the draft as plain data; `definition` is the draft without it, read."""
    found: dict[str, object] = {}
    for key, name, signals in _pages(draft, definition.title):
        part = _part(definition, signals)
        for number, board in enumerate(default_dashboards(part).values(), start=1):
            more = f"_{number}" if number > 1 else ""
            found[f"{key}{more}"] = {
                "title": f"{definition.title} / {name}" + (f" {number}" if number > 1 else ""),
                "rows": [
                    {"title": row.title, **({"collapsed": True} if row.collapsed else {}), "panels": list(map(_panel, row.panels))}
                    for row in board.rows
                ],
            }
    return found


def _pages(draft: Draft, whole: str) -> Iterator[tuple[str, str, list[DraftSignal]]]:
    live = [each for each in draft.signals if each.live]
    own = [each for each in live if each.group != RUNTIME_GROUP]
    runtime = [each for each in live if each.group == RUNTIME_GROUP]
    if len(own) <= _ONE_PAGE:
        yield "overview", "Overview", own
    else:
        alerted = {str(each.body["signal"]) for each in draft.alerts}
        chief = [each for each in own if each.chief or each.key in alerted][:_CHIEF_AT_MOST]
        yield "overview", "Overview", chief
        groups: dict[str, list[DraftSignal]] = {}
        for each in own:
            groups.setdefault(each.group, []).append(each)
        for group in sorted(groups, key=lambda name: (not name, name)):
            # A key of its own: a part may be called `overview` or `runtime`.
            yield (f"part_{group}", title(group), groups[group]) if group else ("others", f"Others of {whole}", groups[group])
    if runtime:
        yield "runtime", "Runtime", runtime


def _part(definition: Definition, signals: Iterable[DraftSignal]) -> Definition:
    keys = {each.key for each in signals}
    chosen = {key: signal for key, signal in definition.signals.items() if key in keys}
    return replace(definition, signals=chosen, dashboards={})


def _panel(panel: Panel) -> dict[str, object]:
    if panel.kind is PanelKind.HEATMAP:
        body: dict[str, object] = {"heatmap": panel.metric, "title": panel.title}
    else:
        shown: object = panel.signals[0] if len(panel.signals) == 1 else list(panel.signals)
        body = {str(panel.kind): shown, "title": panel.title}
    if panel.by is not None:
        body["by"] = list(panel.by)
    return body
