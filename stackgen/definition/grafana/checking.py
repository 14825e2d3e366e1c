"""Whether what a panel says in Grafana's words is something that Grafana knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from stackgen.definition.context import Context, listed
from stackgen.definition.grafana.matchers import MATCHERS, fits_no_regex
from stackgen.definition.grafana.options import OPTIONS
from stackgen.definition.grafana.settings import CUSTOM, FIELDS
from stackgen.definition.grafana.shapes import Shape, faults
from stackgen.definition.model import PanelKind
from stackgen.definition.tree import Path
from stackgen.definition.words import nearest


def check_options(context: Context, path: Path, kind: PanelKind, raw: Mapping[str, Any]) -> None:
    """Report what is wrong with the options of a panel of that kind."""
    _check(context, path, OPTIONS[kind], raw)


def check_fields(context: Context, path: Path, kind: PanelKind, raw: Mapping[str, Any]) -> None:
    """Report what is wrong with the field settings of a panel of that kind."""
    if raw.get("custom") and not CUSTOM[kind]:
        context.report((*path, "custom"), f"a {kind} has no settings of its own", "remove 'custom'", at_key=True)
        raw = {key: value for key, value in raw.items() if key != "custom"}
    _check(context, path, {**FIELDS, "custom": CUSTOM[kind]}, raw)
    low, high = raw.get("min"), raw.get("max")
    if isinstance(low, int | float) and isinstance(high, int | float) and low >= high:
        context.report((*path, "max"), f"nothing lies between {low} and {high}", "make `max` larger than `min`")


def check_overrides(
    context: Context, path: Path, kind: PanelKind, raws: Iterable[Mapping[str, Any]], queries: Collection[str]
) -> None:
    """Report what is wrong with the overrides of a panel of that kind, whose queries have these refIds."""
    for index, raw in listed(raws):
        matcher = raw.get("matcher")
        if matcher:
            _check_matcher(context, (*path, index, "matcher"), matcher, queries)
        settings = {**FIELDS, **{f"custom.{key}": shape for key, shape in CUSTOM[kind].items()}}
        for step, setting in listed(raw.get("properties") or ()):
            inner = (*path, index, "properties", step)
            if setting["id"] in settings:
                _check(context, (*inner, "value"), settings[setting["id"]], setting.get("value"))
            else:
                cure = nearest(setting["id"], settings)
                context.report((*inner, "id"), f"a {kind} has no setting {setting['id']!r}", cure)


def _check_matcher(context: Context, path: Path, raw: Mapping[str, Any], queries: Collection[str]) -> None:
    name, options = raw["id"], raw.get("options")
    if name not in MATCHERS:
        context.report((*path, "id"), f"Grafana has no matcher {name!r}", nearest(name, MATCHERS))
        return
    inner = (*path, "options")
    shape = MATCHERS[name]
    if shape is None:
        return
    if options is None:
        context.report(path, f"{name} does not say what it matches", "add `options`")
    elif not _check(context, inner, shape, options):
        return
    elif name == "byFrameRefID" and options not in queries:
        context.report(inner, f"no query {options!r} here", nearest(options, queries))
    elif name == "byRegexp" and (problem := fits_no_regex(options)):
        context.report(inner, problem, "put the expression right")


def _check(context: Context, path: Path, shape: Shape, raw: Any) -> bool:
    """Whether a value is of a shape; if not, that is reported."""
    found = list(faults(shape, raw, path))
    for each in found:
        context.report(each.path, each.problem, each.cure, at_key=each.at_key)
    return not found
