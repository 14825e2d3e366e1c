"""The text of a definition, with remarks as comments. The same draft gives the same bytes on any machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from stackgen.inference.draft import Draft, DraftLabel, DraftMetric, DraftSignal

_WIDTH = 120
#: Texts that are themselves in YAML, wherever they stand.
_PLAIN = re.compile(r"\d+[smhd]|[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./()'+-]+)*")
_WORDS = ("null", "true", "false")
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029\ufeff]")
#: As many values as a remark lists, and as much of each.
_LISTED = 8
_VALUE = 40


def scalar(value: object) -> str:
    """A value as YAML: plain where that is safe, else in double quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + _NOT_PRINTABLE.sub(lambda found: f"\\U{ord(found[0]):08x}", escaped) + '"'


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e16 else repr(float(value))


def flow(value: object) -> str:
    """Data as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def entry(key: object, value: object, indent: int) -> list[str]:
    """A key and its value: on one line where they fit, else as a block."""
    margin = " " * indent
    line = f"{margin}{key}: {flow(value)}"
    if len(line) <= _WIDTH or not value:
        return [line]
    if isinstance(value, Mapping):
        return [
            f"{margin}{key}:",
            *(each for inner, below in value.items() for each in entry(inner, below, indent + 2)),
        ]
    if isinstance(value, list | tuple):
        return [f"{margin}{key}:", *(each for item in value for each in _item(item, indent + 2))]
    return [line]


def _item(value: object, indent: int) -> list[str]:
    """An item of a block list."""
    line = f"{' ' * indent}- {flow(value)}"
    if len(line) <= _WIDTH or not isinstance(value, Mapping):
        return [line]
    lines = [each for inner, below in value.items() for each in entry(inner, below, indent + 2)]
    return [f"{lines[0][:indent]}- {lines[0][indent + 2 :]}", *lines[1:]]


def comment(text: str, indent: int = 0) -> list[str]:
    """A remark, on as many lines as it takes."""
    margin, lines = " " * indent + "# ", []
    line = margin
    for word in _NOT_PRINTABLE.sub("?", text).split():
        if len(line) + len(word) > _WIDTH and line != margin:
            lines.append(line.rstrip())
            line = margin
        line += word + " "
    return [*lines, line.rstrip()]


def labels_text(draft: Draft) -> list[str]:
    """The section of labels."""
    if not draft.labels:
        return []
    lines = ["", "labels:"]
    for label in draft.labels.values():
        lines += comment(_seen(label), 2)
        body = {"values": list(label.seen)} if label.closed else {"max_values": label.budget}
        lines += entry(label.name, body, 2)
    return lines


def _seen(label: DraftLabel) -> str:
    on = f"{label.metrics} metric{'' if label.metrics == 1 else 's'}"
    if label.closed:
        return f"on {on}; these were seen: add what can come beside them"
    shown = [each if len(each) <= _VALUE else each[: _VALUE - 3] + "..." for each in label.seen[:_LISTED]]
    more = f" and {len(label.seen) - _LISTED:,} more" if len(label.seen) > _LISTED else ""
    return f"on {on}; {len(label.seen):,} seen: {', '.join(map(scalar, shown))}{more}"


def metrics_text(draft: Draft) -> list[str]:
    """The section of metrics."""
    lines = ["", "metrics:"]
    for metric in draft.metrics:
        for note in metric.notes:
            lines += comment(note, 2)
        lines.append(f"  {metric.key}:")
        for key, value in _metric(metric).items():
            lines += entry(key, value, 4)
    return lines


def _metric(metric: DraftMetric) -> dict[str, object]:
    body: dict[str, object] = {"type": metric.type, "exposed": metric.exposed}
    if metric.unit is not None:
        body["unit"] = metric.unit
    if metric.scale != 1:
        body["scale"] = metric.scale
    body["help"] = metric.help
    if metric.labels:
        body["labels"] = list(metric.labels)
    if metric.buckets:
        body["buckets"] = list(metric.buckets)
    return body


def signals_text(signals: Iterable[DraftSignal]) -> list[str]:
    """The section of signals."""
    lines = ["", "signals:"]
    for signal in signals:
        for note in signal.notes:
            lines += comment(note, 2)
        lines.append(f"  {signal.key}:")
        for key, value in _signal(signal).items():
            lines += entry(key, value, 4)
    return lines


def _signal(signal: DraftSignal) -> dict[str, object]:
    body: dict[str, object] = {"title": signal.title}
    if signal.description:
        body["description"] = signal.description
    body |= signal.body
    for key, value in (
        ("unit", signal.unit),
        ("good", signal.good),
        ("by", list(signal.by)),
        ("states", signal.states),
    ):
        if value:
            body[key] = value
    return body


def alerts_text(draft: Draft) -> list[str]:
    """The section of alerts."""
    lines = ["", "alerts:"]
    for alert in draft.alerts:
        if alert.note:
            lines += comment(alert.note, 2)
        lines.append(f"  {alert.name}:")
        for key, value in alert.body.items():
            lines += entry(key, value, 4)
    for remark in draft.no_alerts:
        lines += comment(remark, 2)
    return lines


def section(name: str, body: Mapping[str, object], remarks: Sequence[str] = ()) -> list[str]:
    """Another section, each of its keys on lines of its own."""
    lines = [""]
    for remark in remarks:
        lines += comment(remark)
    return [*lines, f"{name}:", *(line for key, value in body.items() for line in entry(key, value, 2))]
