"""Exporters for tests: generated from a definition, imported, and read through prometheus_client's own parser."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from stackgen import conventions
from stackgen.definition import load
from stackgen.generators.exporter import generate
from stackgen.runtime import generate_latest

JOB_QUEUE = Path(__file__).parents[2] / "definitions" / "job_queue.yaml"
#: A gauge with an open label, by it and over it.
OPEN_LABEL = JOB_QUEUE.with_name("open_label.yaml")
_numbers = count()

#: A sample's name and its labels.
Key = tuple[str, frozenset[tuple[str, str]]]


def exporter_class(source: str | Path) -> Any:
    """The class of the exporter that is generated from a definition."""
    definition = load(str(source))
    ((path, text),) = generate(definition).items()
    # Dataclasses look their module up by its name.
    module = types.ModuleType(f"generated_{path.removesuffix('.py')}_{next(_numbers)}")
    sys.modules[module.__name__] = module
    exec(compile(text, path, "exec"), vars(module))
    return vars(module)[conventions.class_name(definition)]


def samples(registry: CollectorRegistry) -> dict[Key, float]:
    """Every sample that a scrape shows."""
    return parsed(generate_latest(registry))


def parsed(body: bytes, *, openmetrics: bool = False) -> dict[Key, float]:
    """The samples of a scrape's body; the same one twice is an error."""
    parse = parse_openmetrics if openmetrics else parse_text
    found: dict[Key, float] = {}
    for family in parse(body.decode()):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = float(sample.value)
    return found


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    """The sum of the samples of that name that have these labels; None if there is none."""
    text = generate_latest(registry).decode()
    # The parser takes a hundred times as long as the scrape, and is asked often: it gets what is wanted alone.
    lines = [line for line in text.split("\n") if line.startswith((f"{name}{{", f"{name} "))]
    samples = parsed("\n".join([*lines, ""]).encode())
    found = [each for (_, given), each in samples.items() if labels.items() <= given]
    return sum(found) if found else None


def names(keys: Iterable[Key]) -> set[str]:
    """The names of samples."""
    return {name for name, _ in keys}
