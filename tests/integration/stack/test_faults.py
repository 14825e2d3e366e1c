"""Containers are killed, Alertmanager is away, a disk is full: the stack heals by itself and loses nothing."""

from __future__ import annotations

from typing import Any

import pytest

from stackgen.conventions import CORE_SERVICES
from tests.integration.stack.course import Course

pytestmark = [
    pytest.mark.docker,
    pytest.mark.timeout(1500),
    pytest.mark.parametrize("course", ["docker-older"], indirect=True),
]


@pytest.mark.parametrize("service", [*CORE_SERVICES, "redis", "redis-exporter", "workload"])
def test_a_killed_service_comes_back_and_no_stored_sample_is_lost(course: Course[Any], service: str) -> None:
    if service == "grafana" and not course.stack.has_grafana():
        pytest.skip("there is no image of Grafana here, and no distribution packages it")
    course.outcome(f"{service} is killed")


def test_an_alert_that_fires_while_alertmanager_is_down_arrives_when_it_is_back(course: Course[Any]) -> None:
    gone, began, back = course.outcome("alert fires without alertmanager")
    assert gone < began < back


def test_a_full_disk_stops_nothing_for_longer_than_it_is_full_and_no_stored_sample_is_lost(course: Course[Any]) -> None:
    course.outcome("disk fills")


def test_after_all_of_it_every_container_is_healthy(course: Course[Any]) -> None:
    assert course.outcome("all are well").keys() >= {"receiver", "alertmanager", "prometheus", "redis", "workload"}
