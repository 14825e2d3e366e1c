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
    labels = [spec.parameter(label) for label in event.arguments]
    body = [*_checked(event), *_looked_up(labels), *_recorded(spec, event)]
    return _wrapped(event, labels, body)


def sampled_source(spec: Spec, event: Event, condition: str) -> str:
    """The same for an event whose observed value is recorded where `condition` holds, with the weight of all of them.

    What is counted is exact: the histogram has a cell of its own for the number of observations.
    """
    labels = [spec.parameter(label) for label in event.arguments]
    body = [*_checked(event), *_looked_up(labels), *_sampled(spec, event, condition)]
    return _wrapped(event, labels, body, sampled=True)


def ending_source(spec: Spec, event: Event, *, sampled: bool = False) -> str:
    """What a timer calls at its end for an outcome that its body has said: all that can fail was done there.

    In place of labels it takes what they have led to; a timer that samples gives it NaN for what is only counted.
    """
    found = [f"{_TARGETS} = _found"] if event.arguments else []
    body = _sampled(spec, event, f"{event.value} == {event.value}") if sampled else _recorded(spec, event)
    return _wrapped(event, ["_found"] if found else [], [*found, *body], sampled=sampled)


def _recorded(spec: Spec, event: Event) -> list[str]:
    observed = [f"_cells[_sum] += {event.value}", "_cells[_first + _bucket] += 1"] if event.observe else []
    writes = _writes([*observed, *_counts(event)], probe=bool(event.counts))
    return [*_search(spec, event), *writes, *_after(event), *_trace(event)]


def _sampled(spec: Spec, event: Event, condition: str) -> list[str]:
    exact = ["_cells[_exact] += 1", *_counts(event)]
    observed = [f"_cells[_sum] += {event.value} * _weight", "_cells[_first + _bucket] += _weight"]
    full = [*_search(spec, event), *_writes([*observed, *exact], probe=True), *_trace(event)]
    counted = _writes(exact, probe=True)
    lines = [f"if {condition}:", *(f"    {line}" for line in full), "else:", *(f"    {line}" for line in counted)]
    return [*lines, *_after(event)]


def _trace(event: Event) -> list[str]:
    if event.observe is None:
        return []
    return ["if trace_id is not None:", f"    _exemplar(_first + _bucket, {event.value}, trace_id)"]


def _checked(event: Event) -> list[str]:
    """Checks of amounts."""
    lines = []
    for amount in dict.fromkeys(amount for amount in event.sets.values() if isinstance(amount, str)):
        lines += [f"if {amount}.__class__ is not float:", f"    {amount} = _real({amount}, {amount!r})"]
    added = list(event.counts.values())
    for amount in dict.fromkeys(amount for amount in added if isinstance(amount, str)):
        # To be added to a cell that is the first to change is check enough of what can be added.
        first = not event.observe and amount == added[0]
        lines += [f"if not {amount}{'' if first else ' + 0.0'} >= 0:", f"    _negative({amount!r}, {amount})"]
    return lines


def _looked_up(labels: list[str], targets: str = _TARGETS, number: str = "") -> list[str]:
    """Lines that find where the label values lead; `number` is the table's."""
    if not labels:
        return []
    key = ", ".join(labels)
    return [
        *["try:", f"    {targets} = _table{number}[{key}]"],
        *["except (KeyError, TypeError):", f"    {targets} = _missing{number}({key})"],
    ]


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


def _wrapped(event: Event, labels: list[str], body: list[str], *, sampled: bool = False) -> str:
    slots = slot_names(event, sampled=sampled)
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


#: What the code of a timer needs beside what is its outcomes' own: `_record0` and, with labels, `_table0`, `_missing0`.
TIMER_SURROUNDINGS = ("_base", "_clock", "_now", "_default", "_failed", "_negative", "_real")


def inlined(timer: Timer, events: Mapping[str, Event]) -> Event | None:
    """The event whose code stands in the timer's own, which saves a call: the default one, if it asks for nothing."""
    event = events[timer.default] if timer.default is not None else None
    return event if event is not None and not event.arguments and not event.amounts else None


def timer_source(spec: Spec, timer: Timer, events: Mapping[str, Event], *, sampled: bool = False) -> str:
    """The source of a function that makes the class of one timer: a method per outcome, and what the end records."""
    default, inside = ["_default(None, seconds)"], None if sampled else inlined(timer, events)
    free = [*TIMER_SURROUNDINGS]
    if inside is not None:
        observed = [f"_cells[_sum] += {inside.value}", "_cells[_first + _bucket] += 1"]
        writes = _writes([*observed, *_counts(inside)], probe=bool(inside.counts))
        default = [f"{inside.value} = seconds", *_search(spec, inside), *writes, *_after(inside)]
        free += ["_local", "_lane", *slot_names(inside)]
    end = _END.replace("            <default>", "\n".join(f"            {line}" for line in default)).splitlines()
    methods: list[str] = []
    for number, key in enumerate(timer.outcomes):
        event = events[key]
        free += [f"_record{number}", *([f"_table{number}", f"_missing{number}"] if event.arguments else [])]
        methods += _outcome(spec, timer, event, number)
    lines = [f"def make({', '.join(free)}):", "    class timer(_base):", "        __slots__ = ()"]
    return "\n".join([*lines, *(f"        {line}" for line in (*methods, *end)), "    return timer"])


def _outcome(spec: Spec, timer: Timer, event: Event, number: int) -> list[str]:
    """The lines of the method that says an outcome. What is wrong with it is found here, where it was said."""
    extra = _amounts_and_trace(event)
    asked = [spec.parameter(label) for label in event.arguments if label not in timer.fills]
    labels = [repr(timer.fills[label]) if label in timer.fills else spec.parameter(label) for label in event.arguments]
    kept = [*(["_found"] if labels else []), *(each.partition("=")[0] for each in extra)]
    # Most have nothing but a trace to pass on, and seldom that.
    passed = f"({''.join(f'{each}, ' for each in kept)})"
    body = [
        *_checked(event),
        *_looked_up(labels, "_found", str(number)),
        f"self._outcome = _record{number}",
        f"self._values = {passed} if trace_id is not None else None"
        if kept == ["trace_id"]
        else f"self._values = {passed}",
    ]
    return [f"def {event.key}({', '.join(['self', *asked, *extra])}):", *(f"    {line}" for line in body)]


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


def removing_source(name: str, labels: list[str]) -> str:
    """The source of a function that makes a gauge's or info's `remove_`."""
    return _handing_on(name, "_remove", labels)


def info_source(name: str, labels: list[str]) -> str:
    """The source of a function that makes an info's `set_`."""
    return _handing_on(name, "_show", labels)


def _handing_on(name: str, target: str, labels: list[str]) -> str:
    """A method that only has names for what it is given."""
    return "\n".join(
        [
            f"def make({target}):",
            f"    def {name}({', '.join(['_self', *labels])}):",
            f"        {target}({', '.join(labels)})",
            f"    return {name}",
        ]
    )
