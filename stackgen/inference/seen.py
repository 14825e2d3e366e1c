"""What signals were when they were read, so that no alert begins by firing on what nobody complains of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stackgen.inference.draft import DraftMetric, DraftSignal

#: A value of each label that a signal is split by.
Group = tuple[str, ...]


def levels(metric: DraftMetric) -> list[float]:
    """The values of all series of a gauge, in its unit."""
    return [each.value * metric.scale for each in metric.family.children if each.value == each.value]


def ratios(signal: DraftSignal, metrics: Mapping[str, DraftMetric], by: Sequence[str] = ()) -> list[float]:
    """The values of a ratio, by some labels; of counters those over all that was ever counted."""
    ratio = signal.body["ratio"]
    assert isinstance(ratio, dict)
    part, whole = (_sums(ratio[side], metrics, by) for side in ("part", "whole"))
    return [part[group] / total for group, total in whole.items() if total > 0 and group in part]


def _sums(selectors: Any, metrics: Mapping[str, DraftMetric], by: Sequence[str]) -> dict[Group, float]:
    sums: dict[Group, float] = {}
    for selector in selectors if isinstance(selectors, list) else [selectors]:
        metric = metrics[selector["of"]]
        for each in metric.family.children:
            if _selected(selector, each.labels) and each.value == each.value:
                group = tuple(each.labels.get(label, "") for label in by)
                sums[group] = sums.get(group, 0.0) + each.value * metric.scale
    return sums


def _selected(selector: Mapping[str, Mapping[str, object]], labels: Mapping[str, str]) -> bool:
    def among(wanted: Mapping[str, object], label: str) -> bool:
        values = wanted[label]
        return labels.get(label, "") in (values if isinstance(values, list | tuple) else [values])

    where, where_not = selector.get("where") or {}, selector.get("where_not") or {}
    return all(among(where, label) for label in where) and not any(among(where_not, label) for label in where_not)
