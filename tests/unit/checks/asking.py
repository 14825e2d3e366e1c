"""Asks one check about a text, the way `stackgen check` does, with the pack `cache` as what is known of metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from stackgen.checks.definition_files import DefinitionFile, read_definitions
from stackgen.checks.known import Knowledge
from stackgen.checks.reading import Subjects, read_source
from stackgen.checks.running import Report, Request, examine, known
from stackgen.checks.texts import SourceText
from stackgen.findings import Finding

TODAY = date(2026, 11, 21)

_RULES = """\
groups:
  - name: example
    rules:
"""
_ALERT = """\
      - alert: Example
        expr: {expr}
        for: 5m
        labels: {{severity: warning}}
        annotations:
          summary: Something is wrong
          description: What that means.
          runbook_url: https://runbooks.example.org/Example
"""


def files(check: str, texts: Mapping[str, str], definition: str = "cache") -> list[Finding]:
    """What a check finds in files, by their names."""
    return list(report(texts, definition=definition, only=(check,)).findings)


def report(texts: Mapping[str, str], *, definition: str = "cache", only: tuple[str, ...] = ()) -> Report:
    """What all checks, or some, find in files; definitions among them are read from the disk."""
    subjects = Subjects()
    for name, text in texts.items():
        read_source(SourceText(name, text), subjects)
    definition_files, knowledge = of_pack(definition)
    if subjects.definitions:
        definition_files = (*definition_files, *read_definitions(subjects.definitions))
        knowledge = known(definition_files, subjects)
    return examine(subjects, definition_files, knowledge, Request(paths=(), today=TODAY, only=only))


@cache
def of_pack(name: str) -> tuple[tuple[DefinitionFile, ...], Knowledge]:
    """A pack and what is known by it; an empty name stands for no pack."""
    definition_files = tuple(read_definitions([name] if name else []))
    return definition_files, known(definition_files, Subjects())


def rules(check: str, text: str, definition: str = "cache") -> list[str]:
    """The problems of rules; `text` is a list of rules, indented as one likes."""
    return [each.problem for each in files(check, {"rules.yaml": rule_file(text)}, definition)]


def rule_file(text: str) -> str:
    """A file of one group with some rules."""
    lines = text.strip("\n").split("\n")
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return _RULES + "".join(f"      {line[margin:]}\n" for line in lines)


def expression(check: str, expr: str, definition: str = "cache") -> list[str]:
    """The problems of an alert's expression."""
    return [each.problem for each in files(check, {"rules.yaml": alert(expr)}, definition)]


def alert(expr: str) -> str:
    """A file with one alert, right in all else."""
    return _RULES + _ALERT.format(expr=json.dumps(expr) if ": " in expr or "#" in expr else expr)


def place(check: str, expr: str) -> str:
    """What stands where the only finding of an expression points."""
    text = alert(expr)
    (found,) = files(check, {"rules.yaml": text})
    return text.split("\n")[found.place.line - 1][found.place.column - 1 :]


DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
MATCH = 'job=~"$job", instance=~"$instance"'


def panel(expr: str | None = None, **changes: Any) -> dict[str, Any]:
    """A panel without a fault, but for what changes in it; None takes a key out."""
    expr = expr or f"sum(rate(cache_evictions_total{{{MATCH}}}[$__rate_interval]))"
    whole: dict[str, Any] = {
        "id": 1,
        "type": "timeseries",
        "title": "Evictions",
        "description": "Entries that were removed to make room.",
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": {"unit": "ops"}, "overrides": []},
        "targets": [{"refId": "A", "datasource": DATASOURCE, "expr": expr, "legendFormat": "Evictions"}],
    }
    return _changed(whole, changes)


def board(*panels: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A dashboard without a fault, but for what changes in it; None takes a key out."""
    whole: dict[str, Any] = {
        "uid": "example",
        "title": "Example",
        "schemaVersion": 41,
        "editable": False,
        "refresh": "30s",
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus"},
                *map(_variable, ("job", "instance")),
            ]
        },
        "panels": list(panels) or [panel()],
    }
    return _changed(whole, changes)


def _changed(whole: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (whole | dict(changes)).items() if value is not None}


def _variable(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "query",
        "datasource": DATASOURCE,
        "query": f"label_values(cache_evictions_total, {name})",
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "refresh": 2,
    }


def dashboard(check: str, data: Mapping[str, Any], *others: tuple[str, str]) -> list[str]:
    """The problems of a dashboard, among other files."""
    texts = {"board.json": json.dumps(data, indent=2), **dict(others)}
    return [each.problem for each in files(check, texts) if each.place.file == "board.json"]


@cache
def fixed(check: str, text: str, name: str = "rules.yaml") -> str:
    """A text after `--fix` has put right what a check finds."""
    from stackgen.checks.fixing import fixed_texts

    return fixed_texts(files(check, {name: text}), {name: text}).get(name, text)
