"""The classes of a generated module: what an application calls, typed and documented."""

from __future__ import annotations

from collections.abc import Iterable

from stackgen.definition.model import Event, Label, Metric, MetricType
from stackgen.generators.exporting import signals
from stackgen.generators.exporting.recorded import Recorded, Timer
from stackgen.generators.exporting.source import bracketed, docstring, literal

_TRACE = "trace_id: str | None = None"
_TIMER = '''
class Timer(Protocol):
    """Times its body, with `with` or `async with`; what the body awaits is part of it."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
'''


def aliases(found: Recorded) -> list[str]:
    """The types of closed labels' values."""
    lines: list[str] = []
    for label in found.labels:
        if label.values is not None:
            lines += [f"#: {_flat(label.description)}"] if label.description else []
            lines += bracketed(f"{found.alias(label.name)} = Literal[", map(literal, label.values), "]")
    return [*lines, "#: What a snapshot can cover.", 'Window = Literal["1m", "5m", "1h"]']


def protocols(found: Recorded) -> list[str]:
    """The types of the timers."""
    if not found.timers:
        return []
    lines = _TIMER.splitlines()[1:]
    for timer in found.timers:
        lines += ["", "", f"class {found.timer_class(timer)}(Timer, Protocol):"]
        lines += docstring([f"Times {_what(timer)}; the body says how it ended, and the last word counts."], 4)
        for event in timer.outcomes:
            asked = [label for label in event.arguments if label not in {*timer.fills, *timer.arguments}]
            parameters = ["self", *_labels(found, asked), *_amounts(event), "*", _TRACE]
            lines += ["", *_method(event.key, parameters, "None"), *docstring([_about(event)], 8)]
    return lines


def classes(found: Recorded) -> list[str]:
    """The exporter's class, and that of its children where there are open labels."""
    definition = found.definition
    bound = [label.name for label in definition.bound_labels]
    lines = [f"class {found.class_name}:"]
    lines += docstring(
        [
            definition.description or definition.title,
            "Build it once for each set of its labels; built again, it records to the same series. Its methods may be "
            "called from any thread, coroutine, signal handler or finalizer.",
            "A method is empty here: the engine puts one made for the labels in its place, for each instance. "
            "With `enabled=False` it does not, so nothing is recorded or exposed.",
            "`sampling=0.1` looks at the time of one observation in ten and lets it stand for all; counters are exact. "
            "`shared` is a directory in which the processes of a prefork server keep their numbers, so that each of "
            "them exposes the sum.",
            "Raises ValueError for a value outside a closed set that has no `other`, and OSError where `shared` cannot "
            "be used.",
        ],
        4,
    )
    options = [
        "registry: runtime.CollectorRegistry | None = runtime.REGISTRY",
        "enabled: bool = True",
        "sampling: float = 1.0",
        "shared: str | PathLike[str] | None = None",
    ]
    lines += ["", *_method("__init__", ["self", *_labels(found, bound), "*", *options], "None")]
    fixed = ", ".join(f"{literal(name)}: {found.parameter(name)}" for name in bound)
    given = ["_SPEC", f"{{{fixed}}}", "registry=registry", "enabled=enabled", "sampling=sampling", "shared=shared"]
    lines += bracketed("self._exporter = runtime.Exporter.build(", given, ")", indent=8)
    lines += ["        self._exporter.attach(self)"]
    lines += _snapshot_methods(found)
    if found.open_labels:
        names = [label.name for label in found.open_labels]
        child = f"Labelled{found.class_name}"
        values = ", ".join(f"{literal(name)}: {found.parameter(name)}" for name in names)
        lines += ["", *_method("labels", ["self", *_labels(found, names)], child)]
        lines += docstring([f"The same methods with {_and(names)} given once; as fast as the others."], 8)
        lines += bracketed(f"child: {child} = self._exporter.child(", [child, f"{{{values}}}"], ")", indent=8)
        lines += ["        return child"]
    lines += _methods(found, ())
    if found.open_labels:
        lines += ["", "", f"class Labelled{found.class_name}:"]
        lines += docstring([f"What `{found.class_name}.labels` gives."], 4)
        lines += ["", "    def __init__(self, exporter: runtime.Exporter) -> None:", "        exporter.attach(self)"]
        lines += _methods(found, tuple(label.name for label in found.open_labels))
    return lines


def _snapshot_methods(found: Recorded) -> list[str]:
    name = signals.snapshot_name(found)
    lines = ["", *_method("snapshot", ["self", "window: Window | None = None"], name)]
    lines += docstring(
        [
            "The signals over the life of this process, or over a window.",
            "Windows are known from the first call with one on, as often as the process is scraped or asked; until "
            "then, and in a younger process, a snapshot covers all of its life.",
        ],
        8,
    )
    lines += [f"        return {name}(*self._exporter.snapshot(window))", ""]
    lines += [*_method("reset", ["self"], "None")]
    lines += docstring(["Forget all that this process recorded of the definition, whatever the labels. For tests."], 8)
    return [*lines, "        self._exporter.reset()"]


def _methods(found: Recorded, fixed: tuple[str, ...]) -> list[str]:
    lines: list[str] = []
    for event in found.events:
        asked = [label for label in event.arguments if label not in fixed]
        value = [f"{found.value_name(event)}: float"] if event.observe else []
        trace = ["*", _TRACE] if event.observe else []
        parameters = ["self", *value, *_labels(found, asked), *_amounts(event), *trace]
        lines += ["", *_method(f"record_{event.key}", parameters, "None"), *docstring([_about(event)], 8)]
    for timer in found.timers:
        asked = [label for label in timer.arguments if label not in fixed]
        lines += ["", *_method(f"time_{timer.key}", ["self", *_labels(found, asked)], found.timer_class(timer))]
        lines += docstring([f"Time {_what(timer)}. {_ending(timer)}"], 8)
        lines += [f"        timer: {found.timer_class(timer)} = runtime.OFF", "        return timer"]
    for metric in found.metrics:
        if metric.type is MetricType.GAUGE:
            lines += _gauge_methods(found, metric, [label for label in metric.labels if label not in fixed])
        elif metric.type is MetricType.INFO:
            asked = [label for label in metric.labels if label not in fixed]
            lines += ["", *_method(f"set_{metric.key}", ["self", *_labels(found, asked)], "None")]
            lines += docstring([metric.help], 8)
            lines += _removing_method(found, metric, asked)
    return lines


def _gauge_methods(found: Recorded, metric: Metric, asked: list[str]) -> list[str]:
    labels, key = _labels(found, asked), metric.key
    function = "function: Callable[[], float] | None"
    about = {
        f"set_{key}": (["value: float", *labels], f"Set: {metric.help}"),
        f"inc_{key}": ([*labels, "amount: float = 1"], f"Add to: {metric.help}"),
        f"dec_{key}": ([*labels, "amount: float = 1"], f"Take from: {metric.help}"),
        f"set_{key}_function": ([function, *labels], f"Ask this function at each scrape: {metric.help}"),
    }
    lines: list[str] = []
    for name, (parameters, text) in about.items():
        lines += ["", *_method(name, ["self", *parameters], "None"), *docstring([text], 8)]
    return lines + _removing_method(found, metric, asked)


def _removing_method(found: Recorded, metric: Metric, asked: list[str]) -> list[str]:
    text = f"Expose it no longer, until it is set again: {metric.help}"
    return ["", *_method(f"remove_{metric.key}", ["self", *_labels(found, asked)], "None"), *docstring([text], 8)]


def _method(name: str, parameters: Iterable[str], result: str) -> list[str]:
    return bracketed(f"def {name}(", parameters, f") -> {result}:", indent=4)


def _labels(found: Recorded, names: Iterable[str]) -> list[str]:
    declared = [found.definition.labels[name] for name in names]
    return [f"{found.parameter(label.name)}: {_type(found, label)}" for label in declared]


def _type(found: Recorded, label: Label) -> str:
    return found.alias(label.name) if label.closed else "str"


def _amounts(event: Event) -> list[str]:
    needed = {amount for amount in event.set.values() if isinstance(amount, str)}
    return [
        *(f"{name}: float" for name in event.amounts if name in needed),
        *(f"{name}: float = 1" for name in event.amounts if name not in needed),
    ]


def _about(event: Event) -> str:
    return event.description or f"Record {event.key.replace('_', ' ')}."


def _what(timer: Timer) -> str:
    return f"one {timer.key.replace('_', ' ')}"


def _ending(timer: Timer) -> str:
    ends = []
    if timer.default is not None:
        ends.append(f"a body that says nothing counts as `{timer.default.key}`")
    if timer.on_exception is not None:
        ends.append(f"one that raises counts as `{timer.on_exception.key}`")
    text = ", ".join(ends)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _and(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def _flat(text: str) -> str:
    return " ".join(text.split())
