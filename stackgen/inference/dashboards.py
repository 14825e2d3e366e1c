"""Dashboards of an inferred definition: the generator's own layout, of what has something to show, page by page.

A system with few signals gets one page. A large one gets a page of what matters most and one for each of its parts;
what client libraries expose by themselves has its own page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from stackgen.definition.model import Definition, Panel, PanelKind, Row
from stackgen.generators.grafana.defaults import default_dashboards, pages
from stackgen.inference.draft import Draft, DraftMetric, DraftSignal
from stackgen.inference.metrics import RUNTIME_GROUP
from stackgen.inference.words import title

#: Most signals of one page.
_ONE_PAGE = 40
#: Signals of the overview: at least, where there are that many, and at most.
_OVERVIEW_FROM, _OVERVIEW_TO = 18, 36
#: Fewest signals that a part of the system needs for a page of its own.
_OWN_PAGE = 12


def dashboards(draft: Draft, definition: Definition) -> dict[str, object]:
    """The section `dashboards` of the draft as plain data; `definition` is the draft without it, read."""
    found: dict[str, object] = {}
    own = [each for each in draft.signals if each.live and each.group != RUNTIME_GROUP]
    if len(own) <= _ONE_PAGE:
        _add(found, "overview", f"{definition.title} / Overview", _rows(definition, own))
    else:
        _add(found, "overview", f"{definition.title} / Overview", _rows(definition, overview(draft, own)))
        rest: list[Row] = []
        for group, signals in _groups(own):
            if group and len(signals) >= _OWN_PAGE:
                # A key of its own: a part may be called `overview` or `runtime`.
                _add(found, f"part_{group}", f"{definition.title} / {title(group)}", _rows(definition, signals))
            else:
                rest.append(Row(title=title(group) if group else "Others", panels=_flat(definition, signals)))
        _add(found, "details", f"{definition.title} / Details", rest)
    runtime = [each for each in draft.signals if each.live and each.group == RUNTIME_GROUP]
    _add(found, "runtime", f"{definition.title} / Runtime", _rows(definition, runtime))
    return found


def _add(found: dict[str, object], key: str, name: str, rows: Sequence[Row]) -> None:
    """Add rows as a dashboard, or as several where they are too many for one."""
    for number, page in enumerate(pages(row for row in rows if row.panels), start=1):
        found[key if number == 1 else f"{key}_{number}"] = {
            "title": name if number == 1 else f"{name} {number}",
            "rows": [
                {
                    "title": row.title,
                    **({"collapsed": True} if row.collapsed else {}),
                    "panels": [_panel(panel) for panel in row.panels],
                }
                for row in page
            ],
        }


def overview(draft: Draft, own: Sequence[DraftSignal]) -> list[DraftSignal]:
    """What matters most: ratios, latencies and what alerts look at, then the busiest counters and what failed."""
    alerted = {str(each.body["signal"]) for each in draft.alerts}
    chosen = [each for each in own if each.chief or each.key in alerted][:_OVERVIEW_TO]
    taken = {each.key for each in chosen}
    busy = {each.key: _count(each) for each in draft.metrics if each.counted and each.moved}
    rates = [each for each in own if each.key not in taken and "rate" in each.body]
    rates.sort(key=lambda each: (each.good != "low", -busy.get(_of(each), 0.0), each.key))
    rates = [each for each in rates if busy.get(_of(each), 0.0) > 0]
    rates += [each for each in own if each.key not in taken and "level" in each.body and not each.states]
    chosen += rates[: max(0, _OVERVIEW_FROM - len(chosen))]
    keys = {each.key for each in chosen}
    return [each for each in own if each.key in keys]


def _of(signal: DraftSignal) -> str:
    rate = signal.body["rate"]
    assert isinstance(rate, dict)
    return str(rate["of"])


def _count(metric: DraftMetric) -> float:
    return sum(each.value for each in metric.family.children if each.value == each.value)


def _groups(signals: Iterable[DraftSignal]) -> list[tuple[str, list[DraftSignal]]]:
    """The signals by the part of the system, in the order of the alphabet; those of none come last."""
    found: dict[str, list[DraftSignal]] = {}
    for each in signals:
        found.setdefault(each.group, []).append(each)
    return sorted(found.items(), key=lambda entry: (not entry[0], entry[0]))


def _rows(definition: Definition, signals: Sequence[DraftSignal]) -> list[Row]:
    return [row for board in default_dashboards(_part(definition, signals)).values() for row in board.rows]


def _flat(definition: Definition, signals: Sequence[DraftSignal]) -> tuple[Panel, ...]:
    """The panels of the signals in one row, each signal once."""
    rows = _rows(definition, signals)
    return tuple(panel for row in rows if row.title != "At a glance" for panel in row.panels)


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
