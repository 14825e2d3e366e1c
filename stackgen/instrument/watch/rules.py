"""Alerts as Prometheus would evaluate them, over what one process has recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from stackgen.instrument.watch.courses import Course
from stackgen.instrument.watch.notices import Notice
from stackgen.runtime import Alert, Condition, Exporter
from stackgen.runtime.snapshot import Calculation

#: Values of the labels in `Alert.by`.
Group = tuple[str, ...]

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "above": lambda value, limit: value > limit,
    "at_least": lambda value, limit: value >= limit,
    "below": lambda value, limit: value < limit,
    "at_most": lambda value, limit: value <= limit,
}

#: As in the rules for Prometheus (stackgen/signals/conditions.py).
_HOVERING = 0.01


class Metrics(Protocol):
    """A generated exporter."""

    _exporter: Exporter


@dataclass(slots=True)
class _State:
    """One alert of one group: since when its condition holds, when it held last, since when it fires."""

    since: float | None = None
    held: float = 0.0
    #: When it began to fire, if it does.
    began: datetime | None = None
    courses: dict[str, Course] = field(default_factory=dict)

    @property
    def firing(self) -> bool:
        """Whether it fires."""
        return self.began is not None


class Rules:
    """The alerts of a definition that a process can tell by itself, for the labels of one exporter.

    Left out are those on what others record, on targets and on series that are absent: somebody outside has to see
    that. Rates and quantiles are those of this process alone, and a baseline reaches back to the first evaluation.
    """

    def __init__(self, metrics: Metrics, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._exporter = metrics._exporter  # noqa: SLF001 - what the generated class keeps its engine in
        self._signals = {signal.key: signal for signal in self._exporter.spec.signals}
        self._states: dict[tuple[str, Group], _State] = {}
        self._clock = clock
        self._calculations: dict[float, Calculation | None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The alerts that are evaluated."""
        return tuple(alert.name for alert in self._exporter.spec.alerts)

    @property
    def firing(self) -> tuple[str, ...]:
        """The alerts that fire, as of the last evaluation."""
        return tuple(sorted({name for (name, _), state in self._states.items() if state.firing}))

    def evaluate(self) -> list[Notice]:
        """Look at every alert; what has begun to fire since the last time, and what has ended."""
        self._calculations.clear()
        now = self._clock()
        return [notice for alert in self._exporter.spec.alerts for notice in self._looked_at(alert, now)]

    def _looked_at(self, alert: Alert, now: float) -> Iterator[Notice]:
        values = self._values(alert.condition.signal, alert)
        known = {group for name, group in self._states if name == alert.name}
        for group in sorted({*values, *known}):
            state = self._states.setdefault((alert.name, group), _State())
            value = values.get(group)
            holds = value is not None and self._holds(alert, group, value, state, now)
            if holds:
                state.since = now if state.since is None else state.since
                state.held = now
            else:
                state.since = None
            fires = (state.since is not None and now - state.since >= alert.wait) or (
                state.firing and now - state.held < alert.keep
            )
            if fires != state.firing:
                at = datetime.now(UTC)
                began, state.began = state.began or at, at if fires else None
                labels = {**self._exporter.fixed, **dict(zip(alert.by, group, strict=True))}
                yield Notice.of(alert, labels, value, firing=fires, at=at, began=began)

    def _holds(self, alert: Alert, group: Group, value: float, state: _State, now: float) -> bool:
        past = self._past(alert.condition, alert.window, state, value, now)
        guarded = True
        if alert.when is not None:
            guard = self._values(alert.when.signal, alert).get(group)
            if alert.condition.kind == "drop" and guard is not None:
                guard = self._past(alert.condition._replace(signal=alert.when.signal), alert.window, state, guard, now)
            limit = self._limit(alert.when, alert, group)
            guarded = guard is not None and limit is not None and _COMPARISONS[alert.when.kind](guard, limit)
        return guarded and self._compared(alert, group, value, past, state, now)

    def _compared(
        self, alert: Alert, group: Group, value: float, past: float | None, state: _State, now: float
    ) -> bool:
        condition = alert.condition
        match condition.kind:
            case "drop":
                return past is not None and value < (1 - float(condition.limit)) * past
            case "growth":
                return past is not None and past > 0 and value > (1 + float(condition.limit)) * past
        limit = self._limit(condition, alert, group)
        if limit is None:
            return False
        if condition.kind not in {"runs_out", "runs_down"}:
            return _COMPARISONS[condition.kind](value, limit)
        course = state.courses.setdefault(condition.signal, Course(alert.window))
        course.add(now, value)
        reached = course.predicted(now, condition.span)
        if reached is None:
            return False
        least, most = course.extremes()
        # It goes on once it has run out; what was hardly further from its limit in the window hovers there.
        if condition.kind == "runs_down":
            return (value > limit or most > limit + _HOVERING * abs(limit)) and reached <= limit
        return limit > 0 and (value < limit or least < limit - _HOVERING * abs(limit)) and reached >= limit

    def _past(self, condition: Condition, window: float, state: _State, value: float, now: float) -> float | None:
        """The mean over the baseline that ends where the window begins."""
        if condition.kind not in {"drop", "growth"}:
            return None
        course = state.courses.setdefault(condition.signal, Course(condition.span + window))
        course.add(now, value)
        return course.mean(now, condition.span + window, window)

    def _limit(self, condition: Condition, alert: Alert, group: Group) -> float | None:
        """What a signal is compared with."""
        if isinstance(condition.limit, str):
            return self._values(condition.limit, alert).get(group)
        return condition.limit

    def _values(self, key: str, alert: Alert) -> Mapping[Group, float]:
        """A signal by the alert's groups; of several processes that share their numbers, this one's."""
        if alert.window not in self._calculations:
            self._calculations[alert.window] = self._exporter.calculation(alert.window)
        calculation = self._calculations[alert.window]
        found = None if calculation is None else calculation.value(self._signals[key]._replace(by=alert.by))
        if isinstance(found, Mapping):
            return {(group,) if isinstance(group, str) else group: value for group, value in found.items()}
        return {} if found is None else {(): found}
