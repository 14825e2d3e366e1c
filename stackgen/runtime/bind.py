"""Binds the functions of a definition to the slots of one exporter."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import partial
from itertools import product
from random import random
from time import perf_counter
from typing import Any, NoReturn

from stackgen.runtime.functions import (
    SAMPLING,
    SURROUNDINGS,
    TIMER_SURROUNDINGS,
    ending_source,
    info_source,
    inlined,
    make,
    record_source,
    removing_source,
    sampled_source,
    setter_source,
    slot_names,
    timer_factory_source,
    timer_source,
)
from stackgen.runtime.gauges import Gauge, real
from stackgen.runtime.spec import Event, Metric, Spec, Timer
from stackgen.runtime.store import Store
from stackgen.runtime.timers import BaseTimer, classify, sampled_clock

Recorder = Callable[..., None]
#: Entries by label values, and what to ask for those that are not there.
Table = tuple[dict[Any, Any], Callable[..., Any]]


class Functions:
    """The functions of one exporter. `fixed` are the values of the labels that it no longer asks for."""

    def __init__(self, spec: Spec, store: Store, fixed: Mapping[str, str]) -> None:
        self._spec = spec
        self._store = store
        self._fixed = fixed
        self._events = {event.key: self._narrow(event) for event in spec.events}
        self._recorders: dict[str, Recorder] = {}
        self._tables: dict[str, Table] = {}
        self._sampled = store.options.sampling < 1

    def all(self) -> dict[str, Any]:
        """Every function as a method that can stand in a class, by the name of the one that it takes the place of."""
        found: dict[str, Any] = {f"record_{key}": self._recorder(key) for key in self._events}
        for timer in self._spec.timers:
            found[f"time_{timer.key}"] = self._timer(timer)
        for metric in self._spec.metrics:
            if metric.type == "gauge":
                found.update(self._setters(metric))
            elif metric.type == "info":
                found[f"set_{metric.key}"] = self._info(metric)
            if metric.type in {"gauge", "info"}:
                found[f"remove_{metric.key}"] = self._remover(metric)
        return found

    def _narrow(self, event: Event) -> Event:
        return event._replace(arguments=tuple(label for label in event.arguments if label not in self._fixed))

    def _asked(self, metric: Metric) -> list[str]:
        return [label for label in metric.labels if label not in self._fixed]

    def _values(self, key: str, labels: Mapping[str, str]) -> tuple[str, ...]:
        """The label values of a metric's series."""
        given = {**labels, **self._fixed}
        return tuple(given[name] for name in self._store.metrics[key].label_names)

    def cells_of(self, key: str) -> dict[int, float]:
        """What an event that took no time adds to which cells. Raises ValueError for one that has to be told more."""
        event = self._events[key]
        if event.arguments or event.amounts or event.sets:
            message = f"{key!r} has arguments; only events without can be counted elsewhere"
            raise ValueError(message)
        slots = list(self._slots(event, {})[:-1])
        added: dict[int, float] = {}
        if event.observe is not None:
            first = slots.pop(0)
            del slots[0]  # the sum, to which no time adds nothing
            added[first + bisect_left(self._store.metrics[event.observe].metric.buckets, 0.0)] = 1
            if self._sampled:
                added[slots.pop(0)] = 1
        return {**added, **dict(zip(slots, map(float, event.counts.values()), strict=True))}

    def _slots(self, event: Event, labels: Mapping[str, str]) -> tuple[Any, ...]:
        """What the event's code works with (see `slot_names`), for these values of its arguments."""
        labels = {**event.labels, **labels}
        cells: list[int] = []
        if event.observe is not None:
            first = self._store.offset(event.observe, self._values(event.observe, labels))
            summed = first + self._store.metrics[event.observe].buckets
            cells = [first, summed, *([summed + 1] if self._sampled else [])]
        cells += [self._store.offset(key, self._values(key, labels)) for key in event.counts]
        gauges = [self._store.gauge(key, self._values(key, labels)) for key in event.sets]
        return (*cells, *([max(cells)] if cells else []), *gauges)

    def _table(self, labels: tuple[str, ...], entry: Callable[[Mapping[str, str]], Any]) -> Table:
        """The entries for all values of some labels, and what to ask for those that are not there.

        Closed labels are laid out now; an open label's value adds its own when it is first seen. What goes to `other`
        is never kept under its own name, so the table cannot outgrow the labels' budgets.
        """
        declared = [self._spec.label(name) for name in labels]
        table: dict[Any, Any] = {}

        def fill(*choices: tuple[str, ...]) -> None:
            for values in product(*choices):
                table[values if len(values) > 1 else values[0]] = entry(dict(zip(labels, values, strict=True)))

        def missing(*values: str) -> Any:
            resolved = tuple(
                self._store.resolve(label.name, value) for label, value in zip(declared, values, strict=True)
            )
            key = resolved if len(resolved) > 1 else resolved[0]
            if key not in table:
                fill(*(label.values or (value,) for label, value in zip(declared, resolved, strict=True)))
            return table[key]

        if all(label.values is not None for label in declared):
            fill(*(label.values or () for label in declared))
        return table, missing

    def _table_of(self, event: Event) -> Table:
        """Where the values of an event's arguments lead."""
        found = self._tables.get(event.key)
        if found is None:
            found = self._tables[event.key] = self._table(event.arguments, partial(self._slots, event))
        return found

    def _recorder(self, key: str) -> Recorder:
        """`record_<key>`."""
        found = self._recorders.get(key)
        if found is None:
            event = self._events[key]
            if self._sampled and event.observe:
                source = sampled_source(self._spec, event, "_random() < _share")
            else:
                source = record_source(self._spec, event)
            found = self._recorders[key] = self._bound(event, source)
        return found

    def _outcome(self, key: str) -> Recorder:
        """What a timer calls with labels: `record_<key>`, or its like that leaves sampling to the timer."""
        event = self._events[key]
        if not self._sampled:
            return self._recorder(key)
        return self._bound(event, sampled_source(self._spec, event, f"{event.value} == {event.value}"))

    def _ending(self, key: str) -> Recorder:
        """What a timer calls for an outcome that its body has said."""
        event = self._events[key]
        if not event.arguments and not event.amounts:
            return self._outcome(key)
        return self._bound(event, ending_source(self._spec, event, sampled=self._sampled))

    def _bound(self, event: Event, source: str) -> Recorder:
        """The function of an event, bound to the slots of this exporter."""
        cells, share = self._store.cells, self._store.options.sampling
        sampled = self._sampled and event.observe is not None
        table, missing, slots = None, None, {}
        if event.arguments:
            table, missing = self._table_of(event)
        else:
            slots = dict(zip(slot_names(event, sampled=sampled), self._slots(event, {}), strict=True))
        found = (cells.local, cells.lane, _negative, real, self._store.exemplar, table, missing)
        given = dict(zip(SURROUNDINGS, found, strict=True))
        if sampled:
            given |= dict(zip(SAMPLING, (1 / share, random, share), strict=True))
        recorder: Recorder = make(source, "make")(**given, **slots)
        return recorder

    def _timer(self, timer: Timer) -> Any:
        asked = tuple(label for label in timer.arguments if label not in self._fixed)
        if not asked:
            return self.timer_class(timer)
        table, missing = self._table(asked, partial(self._timer_class_for, timer))
        parameters = [self._spec.parameter(label) for label in asked]
        return make(timer_factory_source(timer.key, parameters), "make")(table, missing)

    def _timer_class_for(self, timer: Timer, labels: Mapping[str, str]) -> type[BaseTimer]:
        """The class of a timer for these values of its open labels."""
        return Functions(self._spec, self._store, {**self._fixed, **labels}).timer_class(timer)

    def timer_class(self, timer: Timer) -> type[BaseTimer]:
        """The class of a timer whose open labels are fixed."""
        clock = sampled_clock(self._store.options.sampling) if self._sampled else perf_counter
        found = (BaseTimer, clock, perf_counter, self._default(timer), self._failed(timer), _negative, real)
        given = dict(zip(TIMER_SURROUNDINGS, found, strict=True))
        outcomes: dict[str, Any] = {}
        for number, key in enumerate(timer.outcomes):
            outcomes[f"_record{number}"] = self._ending(key)
            if self._events[key].arguments:
                outcomes[f"_table{number}"], outcomes[f"_missing{number}"] = self._table_of(self._events[key])
        source = timer_source(self._spec, timer, self._events, sampled=self._sampled)
        inside: dict[str, Any] = {}
        event = None if self._sampled else inlined(timer, self._events)
        if event is not None:
            inside = dict(zip(slot_names(event), self._slots(event, {}), strict=True))
            inside |= {"_local": self._store.cells.local, "_lane": self._store.cells.lane}
        made: type[BaseTimer] = make(source, "make")(**given, **outcomes, **inside)
        return made

    def _default(self, timer: Timer) -> Recorder | None:
        """What is called where the body says nothing."""
        if timer.default is None:
            return None
        event = self._events[timer.default]
        record = self._outcome(timer.default)
        return _with_labels(record, tuple(timer.fills[label] for label in event.arguments))

    def _failed(self, timer: Timer) -> Callable[[float, BaseException], None] | None:
        """What is called when the body raises."""
        if timer.on_exception is None:
            return None
        spec, event, record = self._spec, self._events[timer.on_exception], self._outcome(timer.on_exception)
        fills = timer.fills

        def failed(seconds: float, error: BaseException) -> None:
            labels = (
                fills[label] if label in fills else classify(error, spec.label(label).exceptions)
                for label in event.arguments
            )
            record(None, seconds, *labels)

        return failed

    def _gauge(self, metric: Metric, labels: Mapping[str, str]) -> Gauge:
        return self._store.gauge(metric.key, self._values(metric.key, labels))

    def _setters(self, metric: Metric) -> dict[str, Any]:
        names = {f"{method}_{metric.key}": method for method in ("set", "inc", "dec")}
        names[f"set_{metric.key}_function"] = "set_function"
        labels = self._asked(metric)
        if not labels:
            gauge = self._gauge(metric, {})
            return {name: staticmethod(getattr(gauge, method)) for name, method in names.items()}
        table, missing = self._table(tuple(labels), partial(self._gauge, metric))
        parameters = [self._spec.parameter(label) for label in labels]
        return {
            name: make(setter_source(name, method, parameters), "make")(table, missing)
            for name, method in names.items()
        }

    def _info(self, metric: Metric) -> Any:
        asked = self._asked(metric)
        shown: list[Gauge] = []

        def show(*values: str) -> None:
            given = zip(asked, values, strict=True)
            gauge = self._gauge(metric, {name: self._store.resolve(name, value) for name, value in given})
            for earlier in shown:
                earlier.forget()
            shown[:] = [gauge]
            gauge.set(1)

        return make(info_source(f"set_{metric.key}", [self._spec.parameter(label) for label in asked]), "make")(show)

    def _remover(self, metric: Metric) -> Any:
        """`remove_<key>`."""
        asked = self._asked(metric)

        def remove(*values: str) -> None:
            given = {name: self._store.named(name, value) for name, value in zip(asked, values, strict=True)}
            self._store.remove(metric.key, self._values(metric.key, given))

        parameters = [self._spec.parameter(label) for label in asked]
        return make(removing_source(f"remove_{metric.key}", parameters), "make")(remove)


def _with_labels(record: Recorder, labels: tuple[str, ...]) -> Recorder:
    """A recording function that is given its labels; itself, where it asks for none."""
    if not labels:
        return record

    def record_with_labels(target: None, seconds: float) -> None:
        record(target, seconds, *labels)

    return record_with_labels


def _negative(name: str, amount: float) -> NoReturn:
    message = f"{name} must be at least 0, not {amount!r}: counters only go up"
    raise ValueError(message)
