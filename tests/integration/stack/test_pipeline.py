"""One definition becomes a running, observed cache: from YAML to alerts that arrive and end, on real programs.

The stacks run side by side and go through the same steps (steps.py, alerts.py); each test is about one of them.
"""

from __future__ import annotations

import re
import urllib.request
from typing import Any

import pytest

from tests.integration.stack.alerts import ENDING, PHASES
from tests.integration.stack.course import Course
from tests.integration.stack.expected import MOVED

pytestmark = pytest.mark.timeout(1500)  # of a test that is tried again, as its stack is too

DOCKER, OLDER = (pytest.param(name, marks=pytest.mark.docker) for name in ("docker", "docker-older"))


on_all = pytest.mark.parametrize("course", [DOCKER, OLDER, "native"], indirect=True)
#: Those on which every alert is provoked.
on_both_engines = pytest.mark.parametrize("course", [DOCKER, "native"], indirect=True)


@on_all
def test_every_target_is_up(course: Course[Any]) -> None:
    assert course.outcome("targets").keys() == {"cache", "redis-exporter", "prometheus", "alertmanager"}


@on_all
def test_every_rule_evaluates(course: Course[Any]) -> None:
    rules = course.outcome("rules")
    assert {rule["name"] for rule in rules} >= {"CacheErrorRatioHigh", "CacheTargetDown", "CacheHitRatioLow"}
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"] == []


@on_all
def test_every_panel_has_data_and_every_expression_evaluates(course: Course[Any]) -> None:
    assert course.outcome("panels") > 20


@on_all
def test_every_variable_of_a_dashboard_has_values(course: Course[Any]) -> None:
    course.outcome("variables")


@on_both_engines
def test_prometheus_agrees_with_what_the_workload_counted_itself(course: Course[Any]) -> None:
    course.outcome("counts")


@on_both_engines
@pytest.mark.parametrize(
    ("phase", "alert"),
    [(phase, alert) for phase, alerts in PHASES.items() for alert in alerts],
)
def test_the_alert_fires_and_is_delivered(course: Course[Any], phase: str, alert: str) -> None:
    delivered = course.outcome(phase)
    assert alert in delivered, f"when {phase}, only {', '.join(delivered) or 'none'} arrived"
    assert {"summary", "description", "runbook_url"} <= delivered[alert]["annotations"].keys()


@on_both_engines
@pytest.mark.parametrize("alert", ENDING)
def test_the_alert_ends_and_its_end_is_delivered(course: Course[Any], alert: str) -> None:
    assert alert in course.outcome("ended")


@on_both_engines
@pytest.mark.parametrize("phase", MOVED)
def test_what_panels_show_is_what_the_workload_counted(course: Course[Any], phase: str) -> None:
    assert len(course.outcome(f"shown while {phase}")) > 30  # signals


@on_both_engines
def test_every_alert_that_was_delivered_was_on_the_dashboard_of_alerts(course: Course[Any]) -> None:
    course.outcome("alerts are shown")


@on_both_engines
def test_the_share_of_bad_events_and_how_fast_it_burns_are_what_the_workload_counted(course: Course[Any]) -> None:
    windows = {"5m", "30m", "1h", "2h", "6h", "1d", "3d"}
    assert course.outcome("objectives are shown") == {"5m", "1h", *(f"over_{window}" for window in windows)}


@on_all
def test_what_arrives_names_the_cache_the_value_and_a_runbook_that_is_there(course: Course[Any]) -> None:
    alert = course.outcome("redis hangs")["CacheErrorRatioHigh"]
    labels, annotations = alert["labels"], alert["annotations"]
    assert (labels["severity"], labels["backend"]) == ("critical", "redis")
    cache = labels["cache"]
    assert cache in ("sessions", "products")
    assert re.fullmatch(rf"{cache}: [0-9.]+% of operations fail", annotations["summary"])
    assert f"More than 5% of the operations on {cache} (redis) failed." in annotations["description"]
    assert annotations["runbook_url"].endswith("/runbooks/cache/CacheErrorRatioHigh")
    page = course.stack.url("receiver", "/runbooks/cache/CacheErrorRatioHigh")
    with urllib.request.urlopen(page, timeout=10) as answer:
        assert "redis-cli PING" in answer.read().decode()


@on_both_engines
def test_after_all_of_it_every_target_is_up_and_no_stored_sample_is_lost(course: Course[Any]) -> None:
    assert course.outcome("targets again").keys() == {"cache", "redis-exporter", "prometheus", "alertmanager"}
    at, samples = course.outcome("stored")
    assert len(samples) > 100
    assert course.stack.stored(at) == samples


@on_both_engines
def test_status_tells_every_service_and_up_again_changes_nothing(course: Course[Any]) -> None:
    status = course.outcome("status")
    for service in ("redis", "workload", "prometheus", "alertmanager", "receiver"):
        assert service in status
    assert "already" in course.outcome("up again")


@pytest.mark.parametrize("course", [DOCKER], indirect=True)
def test_prometheus_that_is_killed_comes_back_and_no_stored_sample_is_lost(course: Course[Any]) -> None:
    course.outcome("prometheus is killed")


@pytest.mark.parametrize("course", [OLDER], indirect=True)
@pytest.mark.parametrize("alert", PHASES["redis hangs"])
def test_with_the_older_generation_alerts_fire_and_are_delivered_too(course: Course[Any], alert: str) -> None:
    assert alert in course.outcome("redis hangs")
