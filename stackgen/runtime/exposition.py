"""`generate_latest`, the short way: what is ours is rendered here, what is not by prometheus_client."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import prometheus_client.exposition as plain
import prometheus_client.openmetrics.exposition as openmetrics
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import REGISTRY, Collector, CollectorRegistry

from stackgen.runtime.family import Family

#: The escaping of names under which ours, which need none, stay as they are.
_PLAIN_NAMES = ("underscores", "allow-utf-8")


class _Collected:
    """Families that were collected already, as a collector."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def generate_latest(registry: Collector = REGISTRY, escaping: str = "underscores") -> bytes:
    """Every metric of a registry in the text format 0.0.4; like `prometheus_client.generate_latest`, and faster."""
    return _rendered(registry, escaping, plain.generate_latest, is_openmetrics=False)


def generate_openmetrics(registry: Collector = REGISTRY, escaping: str = "underscores") -> bytes:
    """Every metric of a registry in OpenMetrics 1.0; like `generate_latest` of `prometheus_client.openmetrics`."""
    return _rendered(registry, escaping, openmetrics.generate_latest, is_openmetrics=True)


def _rendered(registry: Collector, escaping: str, theirs: Callable[..., bytes], *, is_openmetrics: bool) -> bytes:
    pieces: list[str] = []
    others: list[Metric] = []

    def flush() -> None:
        if others:
            text = _theirs(theirs, others, escaping)
            pieces.append(text.removesuffix("# EOF\n") if is_openmetrics else text)
            others.clear()

    for family in registry.collect():
        if isinstance(family, Family) and escaping in _PLAIN_NAMES:
            flush()
            pieces.extend(family.text(openmetrics=is_openmetrics))
        else:
            others.append(family)
    flush()
    if is_openmetrics:
        pieces.append("# EOF\n")
    return "".join(pieces).encode()


def _theirs(render: Callable[..., bytes], families: list[Metric], escaping: str) -> str:
    collected = cast("CollectorRegistry", _Collected(list(families)))
    # Older versions know no escaping; what they do is `underscores`.
    options: dict[str, Any] = {} if escaping == "underscores" else {"escaping": escaping}
    return render(collected, **options).decode()
