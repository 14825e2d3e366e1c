"""The functions that record, written as source for the shape of each event and compiled, as `dataclasses` does.

A general function would loop over an event's metrics at each call; here each event gets straight-line code with the
names of its own parameters. The code is compiled once for a definition; each exporter binds it to its own slots.

Names of the code's own begin with an underscore, which no parameter's does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from stackgen.runtime.spec import Event, Spec, Timer

#: What the code of every recording function needs beside slots.
SURROUNDINGS = ("_local", "_lane", "_negative", "_real", "_exemplar", "_table", "_missing")
#: And of those that sample.
SAMPLING = ("_weight", "_random", "_share")

#: Stands for the slots that a table gives.
_TARGETS = "<slots>"


def make(text: str, name: str, **space: Any) -> Any:
    """What `text` defines under `name`; `space` is what it refers to."""
    # The text is made below, from names that the definition's reader has checked to be identifiers.
    exec(_code(text, name), space)  # noqa: S102
    return space[name]


@lru_cache(maxsize=1024)
def _code(text: str, name: str) -> Any:
    return compile(text, f"<stackgen {name}>", "exec")


def _amounts_and_trace(event: Event) -> list[str]:
    # A counter's amount is 1 unless told (one more); a gauge's value has no natural default.
    needed = {amount for amount in event.sets.values() if isinstance(amount, str)}
    amounts = [*(a for a in event.amounts if a in needed), *(f"{a}=1" for a in event.amounts if a not in needed)]
    return [*amounts, *(["trace_id=None"] if event.observe else [])]


def slot_names(event: Event, *, sampled: bool = False) -> list[str]:
    """What the event's code works with, in the order in which an exporter gives it: slots, then gauges.

    `_last` is the highest of the slots: a list that has it has them all.
    """
    observed = ["_first", "_sum", *(["_exact"] if sampled else [])] if event.observe else []
    cells = [*observed, *(f"_count{index}" for index in range(len(event.counts)))]
    return [*cells, *(["_last"] if cells else []), *(f"_gauge{index}" for index in range(len(event.sets)))]


def record_source(spec: Spec, event: Event) -> str:
    """The source of a function that makes `record_<event>`.

    The order of its lines is what makes it exact: whatever can fail (a wrong type, a label's value, a thread without
    cells) comes before the first cell changes, and nothing that can be interrupted comes between the cells.
    """
    body = [*_beginning(spec, event), *_search(spec, event)]
    observed = [f"_cells[_sum] += {event.value}", "_cells[_first + _bucket] += 1"] if event.observe else []
    body += _writes([*observed, *_counts(event)], probe=bool(event.counts))
    body += _after(event)
    if event.observe:
        body += ["if trace_id is not None:", f"    _exemplar(_first + _bucket, {event.value}, trace_id)"]
    return _wrapped(spec, event, slot_names(event), body)


def sampled_source(spec: Spec, event: Event, condition: str) -> str:
    """The same for an event whose observed value is recorded where `condition` holds, with the weight of all of them.

    What is counted is exact: the histogram has a cell of its own for the number of observations.
    """
    slots = slot_names(event, sampled=True)
    body = _beginning(spec, event)
    exact = ["_cells[_exact] += 1", *_counts(event)]
    observed = [f"_cells[_sum] += {event.value} * _weight", "_cells[_first + _bucket] += _weight"]
    full = [*_search(spec, event), *_writes([*observed, *exact], probe=True)]
    full += ["if trace_id is not None:", f"    _exemplar(_first + _bucket, {event.value}, trace_id)"]
    counted = _writes(exact, probe=True)
    body += [f"if {condition}:", *(f"    {line}" for line in full), "else:", *(f"    {line}" for line in counted)]
    return _wrapped(spec, event, slots, [*body, *_after(event)], sampled=True)


def _beginning(spec: Spec, event: Event) -> list[str]:
    """Checks of amounts, and where the label values lead."""
    lines = []
    for amount in dict.fromkeys(amount for amount in event.sets.values() if isinstance(amount, str)):
        lines += [f"if {amount}.__class__ is not float:", f"    {amount} = _real({amount}, {amount!r})"]
    added = list(event.counts.values())
    for amount in dict.fromkeys(amount for amount in added if isinstance(amount, str)):
        # To be added to a cell that is the first to change is check enough of what can be added.
        first = not event.observe and amount == added[0]
        lines += [f"if not {amount}{'' if first else ' + 0.0'} >= 0:", f"    _negative({amount!r}, {amount})"]
    if event.arguments:
        key = ", ".join(spec.parameter(label) for label in event.arguments)
        lines += ["try:", f"    {_TARGETS} = _table[{key}]"]
        lines += ["except (KeyError, TypeError):", f"    {_TARGETS} = _missing({key})"]
    return lines


def _search(spec: Spec, event: Event) -> list[str]:
    """Lines that find an observation's bucket: a binary search written out, three times as fast as `bisect`.

    What is not at most any bound is in the last bucket, +Inf; NaN is too, as Prometheus has it.
    """
    if event.observe is None:
        return []
    bounds = next(metric.buckets for metric in spec.metrics if metric.key == event.observe)

    def tree(low: int, high: int) -> list[str]:
        if low == high:
            return [f"_bucket = {low}"]
        middle = (low + high) // 2
        left, right = tree(low, middle), tree(middle + 1, high)
        return [
            f"if {event.value} <= {bounds[middle]!r}:",
            *(f"    {line}" for line in left),
            "else:",
            *(f"    {line}" for line in right),
        ]

    return tree(0, len(bounds))


def _writes(lines: list[str], *, probe: bool) -> list[str]:
    """Lines that change cells, and what to do where the thread has none or too few.

    Only the first of them can find that out, or all by a look at the last slot. An observation's first line changes the
    sum, which is the histogram's last slot.
    """
    if not lines:
        return []
    first, *rest = lines
    looked = ["    _cells[_last]"] if probe and rest else []
    return [
        *["try:", "    _cells = _local.cells", *looked, f"    {first}"],
        *["except (AttributeError, IndexError):", "    _cells = _lane()", f"    {first}"],
        *rest,
    ]


def _counts(event: Event) -> list[str]:
    return [f"_cells[_count{index}] += {amount}" for index, amount in enumerate(event.counts.values())]


def _after(event: Event) -> list[str]:
    return [f"_gauge{index}.set({amount})" for index, amount in enumerate(event.sets.values())]


def _wrapped(spec: Spec, event: Event, slots: list[str], body: list[str], *, sampled: bool = False) -> str:
    labels = [spec.parameter(label) for label in event.arguments]
    parameters = [*([event.value] if event.observe else []), *labels, *_amounts_and_trace(event)]
    free = [*SURROUNDINGS, *(SAMPLING if sampled else ()), *([] if event.arguments else slots)]
    targets = f"{', '.join(slots)},"
    return "\n".join(
        [
            f"def make({', '.join(free)}):",
            f"    def record_{event.key}({', '.join(['_self', *parameters])}):",
            *(f"        {line.replace(_TARGETS, targets)}" for line in body),
            f"    return record_{event.key}",
        ]
    )


#: What the code of a timer needs beside the recording functions of its outcomes, `_record0` and so on.
TIMER_SURROUNDINGS = ("_base", "_clock", "_now", "_default", "_failed")


def inlined(timer: Timer, events: Mapping[str, Event]) -> Event | None:
    """The event whose code stands in the timer's own, which saves a call: the default one, if it asks for nothing."""
    event = events[timer.default] if timer.default is not None else None
    return event if event is not None and not event.arguments and not event.amounts else None


def timer_source(spec: Spec, timer: Timer, events: Mapping[str, Event], *, sampled: bool = False) -> str:
    """The source of a function that makes the class of one timer: a method per outcome, and what the end records."""
    recorders = [f"_record{index}" for index in range(len(timer.outcomes))]
    default, inside = ["_default(None, seconds)"], None if sampled else inlined(timer, events)
    free = [*TIMER_SURROUNDINGS, *recorders]
    if inside is not None:
        observed = [f"_cells[_sum] += {inside.value}", "_cells[_first + _bucket] += 1"]
        writes = _writes([*observed, *_counts(inside)], probe=bool(inside.counts))
        default = [f"{inside.value} = seconds", *_search(spec, inside), *writes, *_after(inside)]
        free += ["_local", "_lane", *slot_names(inside)]
    end = _END.replace("            <default>", "\n".join(f"            {line}" for line in default))
    lines = [f"def make({', '.join(free)}):"]
    lines += ["    class timer(_base):", "        __slots__ = ()"]
    for recorder, key in zip(recorders, timer.outcomes, strict=True):
        event = events[key]
        extra = _amounts_and_trace(event)
        asked = [spec.parameter(label) for label in event.arguments if label not in {*timer.fills, *timer.arguments}]
        given = [
            repr(timer.fills[label]) if label in timer.fills else spec.parameter(label)
            for label in event.arguments
            if label not in timer.arguments
        ]
        values = [value.partition("=")[0] for value in [*given, *extra]]
        # Most have nothing but a trace to pass on, and seldom that.
        passed = f"({''.join(f'{value}, ' for value in values)})"
        keep = f"{passed} if trace_id is not None else None" if values == ["trace_id"] else passed
        lines += [
            f"        def {key}({', '.join(['self', *asked, *extra])}):",
            f"            self._outcome = {recorder}",
            f"            self._values = {keep}",
        ]
    return "\n".join([*lines, *(f"        {line}" for line in end.splitlines()), "    return timer"])


#: The outcome that was said last counts; an exception overrides it.
_END = """\
def __enter__(self):
    self._outcome = None
    self._start = _clock()
    return self
def __exit__(self, kind, error, trace):
    seconds = _now() - self._start
    outcome = self._outcome
    if error is not None and _failed is not None:
        _failed(seconds, error)
    elif outcome is None:
        if error is None and _default is not None:
            <default>
    elif self._values is None:
        outcome(None, seconds)
    else:
        outcome(None, seconds, *self._values)"""


def timer_factory_source(key: str, labels: list[str]) -> str:
    """The source of a function that makes `time_<key>` for a timer with open labels."""
    values = ", ".join(labels)
    return "\n".join(
        [
            "def make(_table, _missing):",
            f"    def time_{key}(_self, {values}):",
            "        try:",
            f"            _class = _table[{values}]",
            "        except (KeyError, TypeError):",
            f"            _class = _missing({values})",
            "        return _class()",
            f"    return time_{key}",
        ]
    )


def setter_source(name: str, method: str, labels: list[str]) -> str:
    """The source of a function that makes a gauge's `set_`, `inc_`, `dec_` or `set_..._function`, by label values."""
    key = ", ".join(labels)
    value = {"set": "value", "set_function": "function"}.get(method, "amount")
    # What is set comes first; an amount has a default and so comes after the labels.
    order = [*labels, "amount=1"] if value == "amount" else [value, *labels]
    return "\n".join(
        [
            "def make(_table, _missing):",
            f"    def {name}(_self, {', '.join(order)}):",
            "        try:",
            f"            _gauge = _table[{key}]",
            "        except (KeyError, TypeError):",
            f"            _gauge = _missing({key})",
            f"        _gauge.{method}({value})",
            f"    return {name}",
        ]
    )
