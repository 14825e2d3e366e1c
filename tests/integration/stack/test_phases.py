"""The phases of the pipeline's tests leave no alert out."""

from __future__ import annotations

from stackgen.conventions import slo_alert_name
from stackgen.definition import load
from stackgen.workload.scenarios import SCENARIOS
from tests.integration.stack.alerts import PHASES


def test_every_alert_of_the_definition_is_provoked() -> None:
    definition = load("cache")
    burn_rates = {slo_alert_name(definition, slo) for slo in definition.slos}
    assert {alert for alerts in PHASES.values() for alert in alerts} == definition.alerts.keys() | burn_rates


def test_every_scenario_provokes_the_alerts_that_it_says_it_does() -> None:
    for scenario in SCENARIOS.values():
        assert set(scenario.alerts) <= set(PHASES.get(scenario.name, ())), scenario.name
