"""What has to be recorded for the panels of a definition."""

from __future__ import annotations

from stackgen.definition.model import Definition
from stackgen.findings import StackgenError
from stackgen.generators.grafana.defaults import dashboard_set
from stackgen.generators.grafana.queries import Queries, Source
from stackgen.signals.shown import RecordedRate


def recordings(definition: Definition) -> list[RecordedRate]:
    """The recordings that any panel reads, each once, in the order in which panels ask for them.

    Raises StackgenError where two of them would have the same name.
    """
    source = Source(definition)
    found: dict[str, RecordedRate] = {}
    for dashboard in dashboard_set(definition).values():
        for panel in (each for row in dashboard.rows for each in row.panels):
            for recorded in Queries(source, dashboard, panel).recorded:
                other = found.setdefault(recorded.name, recorded)
                if other != recorded:
                    raise StackgenError(f"{definition.source}: two recordings would be called {recorded.name}")
    return list(found.values())
