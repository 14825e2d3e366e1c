"""Grafana dashboards of a definition."""

from __future__ import annotations

import json

from stackgen import conventions
from stackgen.definition.model import Definition
from stackgen.findings import StackgenError
from stackgen.generators.grafana.board import board
from stackgen.generators.grafana.defaults import dashboard_set
from stackgen.generators.grafana.queries import Source


def generate(definition: Definition) -> dict[str, str]:
    """The dashboards as `{file name: JSON}`; a definition that has none gets those that follow from its signals.

    Raises StackgenError where two dashboards would have the same file name.
    """
    files: dict[str, str] = {}
    source = Source(definition)
    for dashboard in dashboard_set(definition).values():
        name = conventions.dashboard_file(definition, dashboard.key)
        if name in files:
            raise StackgenError(f"{definition.source}: two dashboards would be written to {name}; rename one of them")
        files[name] = json.dumps(board(source, dashboard), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return files
