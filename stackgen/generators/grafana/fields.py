"""How the numbers of a panel are shown: units, axes, thresholds and colours, signal by signal.

What all signals of a panel agree on stands in the panel's defaults, the rest in overrides for each signal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from stackgen.definition.ends import dial_end
from stackgen.definition.model import Alert, Ratio, Signal, Threshold
from stackgen.generators.grafana import look, thresholds
from stackgen.generators.grafana.adapter import Field, Json
from stackgen.generators.grafana.defaults import LIMITS
from stackgen.generators.grafana.subject import Subject
from stackgen.generators.grafana.units import unit_of

#: Settings of a field by their names in Grafana's overrides; None is "not set".
Settings = dict[str, Any]

#: How the names of settings begin that only one kind of panel has.
_CUSTOM = "custom."
_BY_NAME = {"mode": "palette-classic-by-name"}
_BY_THRESHOLD = {"mode": "thresholds"}


def graph_field(subject: Subject) -> Field:
    """For lines over time: series have colours of their own, thresholds are lines across."""
    signals = subject.signals
    # Lines that are one for each signal have a colour each; others are told apart by their labels.
    single = not subject.all_labels
    settings = []
    for position, signal in enumerate(signals):
        alike = [each for each in signals if each.unit == signal.unit]
        own = _settings(subject, signal) | {
            # One line for all signals on the same axis, whichever of them it belongs to.
            "thresholds": _thresholds(subject.judged(*alike), look.INVISIBLE, signal),
            "color": _fixed(look.series_colour(signal.key, position)) if single else _BY_NAME,
        }
        if (end := _losses_end(subject, alike)) is not None:
            own |= {"max": None, "custom.axisSoftMax": end}
        if signal.unit != signals[0].unit:
            own["custom.axisPlacement"] = "right"
        if len(signals) > 1 and signal.key.endswith(LIMITS):
            own |= look.LIMIT_LINE
        settings.append(own)
    return _field(subject, settings, by_query, _label_colours(subject))


def value_field(subject: Subject) -> Field:
    """For single values: their colour says how good they are, where an alert or a state tells."""
    return _values(subject)


def dial_field(subject: Subject) -> Field:
    """For values on dials: the same, from nothing to where a signal ends, or a little past its largest threshold."""
    return _values(subject, lambda signal: _begun(subject, signal) | {"max": dial_end(signal, subject.known(signal))})


def bar_field(subject: Subject) -> Field:
    """For values as bars: the same, from nothing, a share that should be small to twice its largest threshold."""

    def ends(signal: Signal) -> Settings:
        end = _losses_end(subject, [signal])
        return _begun(subject, signal) | ({} if end is None else {"max": end})

    return _values(subject, ends)


def _losses_end(subject: Subject, signals: Sequence[Signal]) -> float | None:
    """How far the axis of shares that should be small has to go for their thresholds to be seen: twice the largest.

    None where one of the signals is something else, or where all of the share has to be shown.
    """
    if not all(isinstance(each.expression, Ratio) and each.good == "low" for each in signals):
        return None
    end = 2 * max(thresholds.numbers(subject.judged(*signals)), default=1)
    return end if 0 < end < 1 else None


def _values(subject: Subject, ends: Callable[[Signal], Settings] | None = None) -> Field:
    settings = []
    for signal in subject.signals:
        judged = bool(signal.states) or bool(thresholds.numbers(subject.judged(signal)))
        own = _settings(subject, signal) | (ends(signal) if ends else {})
        settings.append(own | {"color": _BY_THRESHOLD if judged else _fixed(look.NEUTRAL)})
    return _field(subject, settings, by_query, ())


def _begun(subject: Subject, signal: Signal) -> Settings:
    """Where a scale begins: at nothing, unless a threshold says that there is less; open, it begins at the value."""
    least = min([0.0, *signal.states, *thresholds.numbers(subject.judged(signal))])
    return {"min": 0 if least == 0 else None}


def column_field(subject: Subject) -> Field:
    """For the columns of a table: values are coloured where an alert tells, labels are text that narrows on a click."""
    overrides: list[Json] = []
    for label in subject.all_labels:
        properties: list[Json] = [{"id": "unit", "value": "string"}]
        if label in subject.source.narrowing:
            properties.append({"id": "links", "value": subject.links_of({label: "${__value.text}"})})
        elif label == "alertname":
            properties.append({"id": "links", "value": [subject.runbook_of("${__value.text}")]})
        overrides.append(override("byName", label, properties))
    settings = []
    for signal in subject.signals:
        own = _settings(subject, signal) | {"color": _BY_THRESHOLD}
        if signal.states or thresholds.numbers(subject.judged(signal)):
            own["custom.cellOptions"] = {"type": "color-text"}
        settings.append(own)
    return _field(subject, settings, by_title, overrides, columns=True)


def by_query(signal: Signal) -> tuple[str, str]:
    """Matches the series of a signal's query."""
    return "byFrameRefID", signal.key


def by_title(signal: Signal) -> tuple[str, str]:
    """Matches the column that has a signal's title."""
    return "byName", signal.title


def override(matcher: str, options: str, properties: Sequence[Json]) -> Json:
    """One of Grafana's exceptions to a panel's defaults."""
    return {"matcher": {"id": matcher, "options": options}, "properties": list(properties)}


def _settings(subject: Subject, signal: Signal) -> Settings:
    unit = unit_of(signal)
    judged = subject.judged(signal)
    return {
        "unit": unit.grafana,
        "decimals": unit.decimals,
        "min": unit.minimum,
        "max": unit.maximum,
        "mappings": thresholds.state_mappings(signal, subject.known(signal)),
        "thresholds": _thresholds(judged, look.GOOD, signal),
    }


def _field(
    subject: Subject,
    settings: Sequence[Settings],
    matching: Callable[[Signal], tuple[str, str]],
    overrides: Sequence[Json],
    *,
    columns: bool = False,
) -> Field:
    """The first signal's settings as defaults, where every other signal can say otherwise; the rest as overrides.

    `columns`: there are labels among the fields, which have links of their own and no custom settings.
    """
    first = settings[0]
    # An override cannot take a setting away: what one signal lacks must not be a default.
    defaults = {key: value for key, value in first.items() if all(each.get(key) is not None for each in settings)}
    if columns:
        defaults = {key: value for key, value in defaults.items() if not key.startswith(_CUSTOM)}
    exceptions = []
    for signal, own in zip(subject.signals, settings, strict=True):
        different = {key: value for key, value in own.items() if value is not None and defaults.get(key) != value}
        if different:
            properties = [{"id": key, "value": value} for key, value in sorted(different.items())]
            exceptions.append(override(*matching(signal), properties))
    return Field(
        unit=first["unit"],
        decimals=defaults.get("decimals"),
        minimum=defaults.get("min"),
        maximum=defaults.get("max"),
        colour=first["color"],
        steps=first["thresholds"]["steps"],
        mappings=first["mappings"],
        links=() if columns else subject.links,
        custom={key.removeprefix(_CUSTOM): value for key, value in defaults.items() if key.startswith(_CUSTOM)},
        overrides=[*exceptions, *overrides],
    )


def _label_colours(subject: Subject) -> list[Json]:
    """Fixed colours for the series of one closed label, value by value.

    A value has the same colour on every panel, and series have theirs whether or not their neighbours are there.
    """
    if len(subject.signals) != 1 or len(subject.all_labels) != 1:
        return []
    label = subject.source.definition.labels.get(subject.all_labels[0])
    values = label.values if label and label.values else ()
    if len(values) > look.COLOURED_VALUES:
        return []
    return [
        override("byName", value, [{"id": "color", "value": _fixed(look.series_colour(value, position))}])
        for position, value in enumerate(values)
    ]


def _fixed(colour: str) -> Json:
    return {"fixedColor": colour, "mode": "fixed"}


def _thresholds(judged: Sequence[Alert | Threshold], otherwise: str, signal: Signal) -> Json:
    steps = thresholds.steps(judged, otherwise, countable=signal.unit == "count")
    return {"mode": "absolute", "steps": steps}
