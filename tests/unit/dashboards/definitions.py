"""Definitions for the tests of dashboards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stackgen import conventions
from stackgen.definition import load
from stackgen.definition.model import GENERATED_DASHBOARDS, Definition
from stackgen.findings import DefinitionError
from stackgen.generators import dashboards
from stackgen.generators.grafana.defaults import dashboard_set
from tests.unit.dashboards.contract import panels, problems

#: A definition of a web service, with one signal of each sort; tests add alerts and rows to it.
WEB = """
stackgen: 1
name: web
title: Web
description: What a web service does.
labels:
  service: {bind: true, max_values: 20, description: Name of the service.}
  code: {values: [ok, error, redirect], description: How it ended.}
  path: {max_values: 30, description: What was asked for.}
metrics:
  duration: {type: histogram, unit: seconds, help: Time that a request took., labels: [code, path], buckets: [0.1, 1]}
  requests: {type: counter, help: Requests., count_of: duration}
  sent: {type: counter, unit: bytes, help: Bytes sent., labels: [code]}
  workers: {type: gauge, help: Workers that are busy.}
  workers_limit: {type: gauge, help: Workers that there may be.}
  mode: {type: gauge, help: What it does., combine: max}
  build: {type: info, help: What is running., labels: [path]}
signals:
  traffic: {title: Requests, description: Requests per second., rate: {of: requests}, by: [code]}
  requests_total: {title: All requests, rate: {of: requests}}
  sent: {title: Sent, rate: {of: sent}}
  errors:
    title: Errors
    description: Share of requests that failed.
    good: low
    ratio: {part: {of: requests, where: {code: error}}, whole: {of: requests}}
  p50: {title: p50 duration, good: low, quantile: {of: duration, q: 0.5}}
  p99: {title: p99 duration, good: low, quantile: {of: duration, q: 0.99}}
  busy: {title: Workers, level: {of: workers}}
  busy_limit: {title: Worker limit, level: {of: workers_limit}}
  busy_share: {title: Busy, good: low, ratio: {part: {of: workers}, whole: {of: workers_limit}}}
  mode: {title: Mode, good: low, level: {of: mode, aggregate: max}, states: {0: fine, 1: slow, 2: off}}
  build: {title: Build, info: {of: build}}
  targets: {title: Targets, good: high, level: {of: up, aggregate: min}, states: {0: down, 1: up}}
alerts:
  ErrorsHigh: {signal: errors, above: 0.05, for: 2m, severity: critical, summary: errors}
  ErrorsRising: {signal: errors, above: 0.01, for: 10m, severity: warning, summary: errors}
  Slow: {signal: p99, above: 500ms, severity: warning, summary: slow}
  Off: {signal: mode, above: 1, severity: critical, summary: off}
"""


def defined(folder: Path, rows: str = "", name: str = "web.yaml", text: str = WEB) -> Definition:
    """The definition of a web service with one dashboard of these rows (YAML), or with none."""
    if rows:
        text += f"dashboards: {{main: {{title: Web, rows: {rows}}}}}\n"
    path = folder / name
    path.write_text(text)
    return load(path)


def all_drawn(definition: Definition) -> list[dict[str, Any]]:
    """All dashboards of a definition."""
    return [json.loads(text) for text in dashboards.generate(definition).values()]


def drawn(definition: Definition, key: str | None = None) -> dict[str, Any]:
    """The dashboard of that key, else the only one that does not follow from alerts and objectives."""
    files = dashboards.generate(definition)
    if key is None:
        (key,) = dashboard_set(definition).keys() - {*GENERATED_DASHBOARDS}
    result: dict[str, Any] = json.loads(files[conventions.dashboard_file(definition, key)])
    return result


def shown(folder: Path, panel: dict[str, Any]) -> dict[str, Any]:
    """The panel that this one of a definition becomes; nothing is wrong with its dashboard."""
    dashboard = drawn(defined(folder, json.dumps([{"title": "Row", "panels": [panel]}])))
    assert problems(dashboard) == []
    (only,) = panels(dashboard)
    return only


def wrong(folder: Path, panel: dict[str, Any]) -> str:
    """What is found wrong with such a panel, in one line."""
    with pytest.raises(DefinitionError) as found:
        defined(folder, json.dumps([{"title": "Row", "panels": [panel]}]))
    (line,) = str(found.value).splitlines()
    return line.split(": ", 1)[1]
