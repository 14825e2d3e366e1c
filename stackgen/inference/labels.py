"""Labels with the values that were seen: a closed set where they look like words of a vocabulary, else a budget."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from stackgen.inference.draft import DraftLabel
from stackgen.scrape.families import Family

#: Labels that mean something else in Prometheus; it stores those of a target under another name.
EXPORTED = {"job": "exported_job", "instance": "exported_instance"}
#: Labels that belong to the types themselves.
OF_TYPES = ("le", "quantile")
LEGAL = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")

#: Labels that name one of many, so that there will be others than those seen.
_OPEN = frozenset(
    {
        "addr", "address", "alertname", "branch", "client", "cmd", "code", "collector", "command",
        "container", "customer",
        "database", "datname", "db", "device", "endpoint", "err", "exchange", "exporter", "file", "filename",
        "goversion",
        "group", "handler", "host", "hostname", "id", "index", "interface", "ip", "ip_address", "key",
        "listener", "method_name",
        "model", "mountpoint", "name", "namespace", "node", "operation_name", "partition", "path", "peer",
        "pid", "pod",
        "pool", "port", "process_id", "query", "queue", "region", "release", "remote_name", "replica",
        "revision", "role",
        "route", "rule_group", "scrape_job", "server", "service", "shard", "slave", "status_code",
        "subsystem", "table", "target", "tenant",
        "thread", "topic", "uri", "url", "user", "version", "view", "volume", "worker", "zone",
    }
)  # fmt: skip
_WORD = re.compile(r"[a-zA-Z][a-zA-Z_+./ -]{0,30}")
_CLOSED_AT_MOST = 16
_BUDGETS = (*(factor * 10**power for power in range(6) for factor in (1, 2, 5)), 10**6)
#: Fewest values that an open label is given room for.
_ROOM = 5


def draft_labels(families: Iterable[Family]) -> dict[str, DraftLabel]:
    """The labels of all families, by name; the values are those of all metrics together."""
    seen: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    for family in families:
        for name in labels_of(family):
            counts[name] = counts.get(name, 0) + 1
            seen.setdefault(name, set()).update(values_of(family, name))
    return {name: _label(name, tuple(sorted(seen[name])), counts[name]) for name in sorted(seen)}


def labels_of(family: Family) -> tuple[str, ...]:
    """The labels of a family that a definition can have, by name as Prometheus stores them."""
    names = {label for each in family.samples for label, value in each.labels.items() if value}
    return tuple(sorted(EXPORTED.get(name, name) for name in names if LEGAL.fullmatch(name) and name not in OF_TYPES))


def values_of(family: Family, name: str) -> set[str]:
    """The values of a label, by its name as Prometheus stores it, but for the empty one, which is no label."""
    original = next((key for key, stored in EXPORTED.items() if stored == name), name)
    found = {each.labels.get(name) or each.labels.get(original, "") for each in family.samples}
    return {value for value in found if value}


def _label(name: str, seen: tuple[str, ...], metrics: int) -> DraftLabel:
    closed = name not in _OPEN and 1 < len(seen) <= _CLOSED_AT_MOST and all(_WORD.fullmatch(value) for value in seen)
    wanted = max(_ROOM, round(len(seen) * 1.5))
    budget = next((each for each in _BUDGETS if each >= wanted), _BUDGETS[-1])
    return DraftLabel(name=name, seen=seen, closed=closed, budget=budget, metrics=metrics)


#: As many series as one graph can show.
_LINES = 12
#: Labels that people split by, best first.
_TELLING = (
    "code", "status", "status_code", "result", "outcome", "method", "operation", "cmd", "command", "mode",
    "type", "kind",
    "state", "reason", "cause", "event", "cache", "backend", "function", "name", "device",
)  # fmt: skip


def split_of(family: Family, labels: Mapping[str, DraftLabel]) -> tuple[str, ...]:
    """The label, if one suits, that a graph of the family is split by."""
    fitting = [name for name in labels_of(family) if name in labels and 1 < len(values_of(family, name)) <= _LINES]
    order = {name: place for place, name in enumerate(_TELLING)}
    fitting.sort(key=lambda name: (order.get(name, len(order)), len(values_of(family, name)), name))
    return tuple(fitting[:1])
