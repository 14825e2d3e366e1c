"""What panels have in common, and how one of grafanalib's becomes one that Grafana's schemas allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import attr
from grafanalib import core

from stackgen.generators.grafana.adapter.normalise import PANEL_KEYS, Json, only, plain
from stackgen.generators.grafana.layout import Position

#: The data source that the variable `datasource` names.
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every panel has, whatever it shows."""

    id: int
    title: str
    description: str
    position: Position
    targets: Sequence[Json] = ()
    links: Sequence[Json] = ()
    transformations: Sequence[Json] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How a panel's numbers are read: unit, axis, colours, thresholds, names of states, links, exceptions to these."""

    unit: str
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    colour: Json = field(default_factory=lambda: {"mode": "palette-classic-by-name"})
    steps: Sequence[Json] = ()
    mappings: Sequence[Json] = ()
    links: Sequence[Json] = ()
    overrides: Sequence[Json] = ()
    #: Settings that only this kind of panel has.
    custom: Json = field(default_factory=dict)


@attr.s
class Modern(core.Panel):  # type: ignore[misc]  # grafanalib is not typed
    """A panel whose type, options and custom field settings are given as Grafana has them now."""

    type: str = attr.ib(kw_only=True)
    options: Json = attr.ib(kw_only=True)
    custom: Json = attr.ib(kw_only=True, factory=dict)

    def to_json_data(self) -> Json:
        """The panel in grafanalib's way: its frame, with what is given here on top."""
        overrides = {
            "type": self.type,
            "options": self.options,
            "fieldConfig": {"defaults": {"custom": self.custom}, "overrides": []},
        }
        return self.panel_json(overrides)  # type: ignore[no-any-return]


def panel(frame: Frame, values: Field, kind: type[core.Panel], extra: Json, **settings: object) -> Json:
    """A panel of one of grafanalib's kinds, made with `settings`; `extra` is added to the JSON that comes out."""
    defaults = {
        "color": values.colour,
        "decimals": values.decimals,
        "links": list(values.links) or None,
        "mappings": list(values.mappings),
        "max": values.maximum,
        "min": values.minimum,
        "thresholds": {"mode": "absolute", "steps": list(values.steps)},
        "unit": values.unit,
    }
    panel = cleaned(kind(extraJson=extra, dataSource=DATASOURCE, **framed(frame), **settings))
    panel["fieldConfig"]["defaults"] |= plain(defaults)
    if values.custom:
        panel["fieldConfig"]["defaults"].setdefault("custom", {}).update(values.custom)
    panel["fieldConfig"]["overrides"] = list(values.overrides)
    return panel


def overlaid(
    panel: Json, *, options: Mapping[str, Any], fields: Mapping[str, Any], overrides: Sequence[Mapping[str, Any]]
) -> Json:
    """A panel with Grafana's own words laid over its options and fields, key by key; overrides come after its own."""
    if options:
        panel = panel | {"options": _laid_over(panel["options"], options)}
    if fields or overrides:
        config = panel["fieldConfig"]
        defaults = _laid_over(config["defaults"], fields)
        panel = panel | {"fieldConfig": {"defaults": defaults, "overrides": [*config["overrides"], *overrides]}}
    return panel


def _laid_over(base: Any, over: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(over, Mapping):
        return over
    return base | {key: _laid_over(base.get(key), value) for key, value in over.items()}


def cleaned(made: core.Panel) -> Json:
    """The JSON of one of grafanalib's panels, as far as Grafana knows it."""
    return only(plain(made), PANEL_KEYS)


def framed(frame: Frame) -> Json:
    """A frame as arguments of grafanalib's panels."""
    return {
        "id": frame.id,
        "title": frame.title,
        "description": frame.description,
        "gridPos": grid(frame.position),
        "targets": list(frame.targets),
        "links": list(frame.links),
        "transformations": list(frame.transformations),
        "maxDataPoints": None,  # grafanalib's 100 would make every graph coarse
    }


def grid(position: Position) -> core.GridPos:
    """A position in Grafana's words."""
    return core.GridPos(h=position.height, w=position.width, x=position.x, y=position.y)
