"""The phases of the pipeline's tests leave no alert out."""

from __future__ import annotations

import json
from pathlib import Path

from stackgen.conventions import slo_alert_name
from stackgen.definition import load
from stackgen.workload.scenarios import SCENARIOS
from tests.integration.stack.alerts import PHASES
from tests.integration.stack.expected import MOVED, SIGNALS
from tests.integration.stack.shown import queries

DASHBOARDS = Path(__file__).parents[3] / "dashboards" / "cache"


def test_every_alert_of_the_definition_is_provoked() -> None:
    definition = load("cache")
    burn_rates = {slo_alert_name(definition, slo) for slo in definition.slos}
    assert {alert for alerts in PHASES.values() for alert in alerts} == definition.alerts.keys() | burn_rates


def test_every_scenario_provokes_the_alerts_that_it_says_it_does() -> None:
    for scenario in SCENARIOS.values():
        assert set(scenario.alerts) <= set(PHASES.get(scenario.name, ())), scenario.name


def test_every_scenario_is_meant_to_move_panels_and_is_a_phase() -> None:
    assert SCENARIOS.keys() <= MOVED.keys() <= {"normal", *PHASES}


def test_every_panel_is_compared_with_what_the_workload_counts() -> None:
    boards = {name: json.loads((DASHBOARDS / f"{name}.json").read_text()) for name in ("overview", "detail")}
    asked = {query.signal for name, board in boards.items() for query in queries(name, board)}
    assert asked == SIGNALS.keys()
