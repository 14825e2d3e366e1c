"""Panels of a definition as Grafana's, one function for each kind."""

from __future__ import annotations

from collections.abc import Callable

from stackgen.definition.model import Info, PanelKind
from stackgen.definition.quantities import prometheus_duration
from stackgen.generators.grafana import adapter, fields, look, thresholds
from stackgen.generators.grafana.adapter import Field, Frame, Json
from stackgen.generators.grafana.catalogue import filled_in
from stackgen.generators.grafana.layout import Position
from stackgen.generators.grafana.subject import Subject
from stackgen.generators.grafana.units import unit_named
from stackgen.signals.shown import window


def panel(subject: Subject, identity: int, position: Position) -> Json:
    """A panel of Grafana's, with its id, at its place, and with what its definition says in Grafana's own words."""
    made = _KINDS[subject.panel.kind](subject, identity, position)
    given = subject.panel
    if subject.recorded:
        # Between two recordings there is nothing new.
        made["interval"] = prometheus_duration(window(subject.source.definition))
    targets = made.get("targets", [])
    if targets and all(target["instant"] for target in targets):
        # What is now is now, whether an hour or a week is shown: rates are over the shortest window that there is.
        made["maxDataPoints"] = look.POINTS_OF_NOW
    elif any("_bucket" in each.name for each in subject.recorded):
        # Buckets of all targets are many series even so; what a quantile costs goes with the points that are drawn.
        small = given.kind is PanelKind.STAT
        made["maxDataPoints"] = look.POINTS_OF_SMALL_DISTRIBUTIONS if small else look.POINTS_OF_DISTRIBUTIONS
    return adapter.overlaid(made, options=given.options, fields=given.fields, overrides=given.overrides)


def _timeseries(subject: Subject, identity: int, position: Position) -> Json:
    drawn = bool(thresholds.numbers(subject.judged()))
    frame = _frame(subject, identity, position, subject.targets())
    return adapter.timeseries(frame, fields.graph_field(subject), thresholds_drawn=drawn)


def _stat(subject: Subject, identity: int, position: Position) -> Json:
    named = bool(subject.all_labels) or len(subject.signals) > 1
    # As it is now, and no value where there is none: the last one of a course may be of hours ago, in the colour of
    # what was well. A course behind the number is drawn where the definition asks for one.
    course = subject.panel.options.get("graphMode", "none") != "none"
    frame = _frame(subject, identity, position, subject.targets("time_series" if course else "now"))
    shown = "name" if _facts_alone(subject) else "value_and_name" if named else "value"
    return adapter.stat(frame, fields.value_field(subject), text_mode=shown)


def _gauge(subject: Subject, identity: int, position: Position) -> Json:
    return adapter.gauge(_frame(subject, identity, position, subject.targets("now")), fields.dial_field(subject))


def _bargauge(subject: Subject, identity: int, position: Position) -> Json:
    return adapter.bargauge(_frame(subject, identity, position, subject.targets("now")), fields.bar_field(subject))


def _statetimeline(subject: Subject, identity: int, position: Position) -> Json:
    return adapter.statetimeline(_frame(subject, identity, position, subject.targets()), fields.value_field(subject))


def _table(subject: Subject, identity: int, position: Position) -> Json:
    frame = _frame(subject, identity, position, subject.targets("table"), _columns(subject))
    measured = [signal.title for signal in subject.signals if not isinstance(signal.expression, Info)]
    return adapter.table(frame, fields.column_field(subject), sorted_by=measured[0] if measured else None)


def _heatmap(subject: Subject, identity: int, position: Position) -> Json:
    metric = subject.source.definition.metrics[subject.panel.metric or ""]
    unit = unit_named(metric.exposed_unit)
    frame = _frame(subject, identity, position, [subject.buckets()])
    values = Field(unit=unit.grafana, decimals=unit.decimals, links=subject.links)
    return adapter.heatmap(frame, values, cell_unit="short")


def _text(subject: Subject, identity: int, position: Position) -> Json:
    return adapter.text(
        _frame(subject, identity, position, []), filled_in(subject.source.definition, subject.panel.text)
    )


_KINDS: dict[PanelKind, Callable[[Subject, int, Position], Json]] = {
    PanelKind.STAT: _stat,
    PanelKind.TIMESERIES: _timeseries,
    PanelKind.HEATMAP: _heatmap,
    PanelKind.TABLE: _table,
    PanelKind.GAUGE: _gauge,
    PanelKind.BARGAUGE: _bargauge,
    PanelKind.STATETIMELINE: _statetimeline,
    PanelKind.TEXT: _text,
}


def _frame(
    subject: Subject, identity: int, position: Position, targets: list[Json], transformations: list[Json] | None = None
) -> Frame:
    return Frame(
        id=identity,
        title=subject.title,
        description=subject.description,
        position=position,
        targets=targets,
        links=subject.runbooks,
        transformations=transformations or [],
    )


def _facts_alone(subject: Subject) -> bool:
    """Whether the panel shows info metrics only: their value is always 1, what they tell is in their labels."""
    return all(isinstance(signal.expression, Info) for signal in subject.signals)


def _columns(subject: Subject) -> list[Json]:
    """Transformations that make one table of the queries' results: labels first, then a column for each signal."""
    several = len(subject.signals) > 1
    # Grafana names the column of values `Value`, or `Value #<refId>` where there are several queries.
    values = {signal.key: f"Value #{signal.key}" if several else "Value" for signal in subject.signals}
    hidden = ["Time", *(values[s.key] for s in subject.signals if isinstance(s.expression, Info))]
    order = [*subject.all_labels, *values.values()]
    organized = {
        "excludeByName": dict.fromkeys(hidden, True),
        "includeByName": {},
        "indexByName": {name: position for position, name in enumerate(order)},
        "renameByName": {values[signal.key]: signal.title for signal in subject.signals},
    }
    merged = [{"id": "merge", "options": {}}] if several else []
    return [*merged, {"id": "organize", "options": organized}]
