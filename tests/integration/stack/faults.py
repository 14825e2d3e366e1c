"""What is done to a stack of containers, one thing after another, and what has to be true after each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from stackgen.conventions import IMAGES
from tests.integration.pipeline import get_json
from tests.integration.stack.alerts import moment
from tests.integration.stack.containers import ContainerStack
from tests.waiting import wait_for

#: A second compose file: Prometheus stores on a small disk, and somebody else is on it, too. The faults need no traffic
#: to speak of, and the other stacks need the processors.
SMALL_DISK: Mapping[str, Any] = {
    "services": {
        "neighbour": {
            "image": IMAGES["redis"],
            "user": "0",
            "entrypoint": ["sleep", "3600"],
            "stop_signal": "SIGKILL",
            "volumes": ["prometheus-data:/disk"],
        },
        "workload": {"environment": {"STACKGEN_WORKLOAD_RATE": "50"}},
    },
    "volumes": {
        "prometheus-data": {
            "driver_opts": {"type": "tmpfs", "device": "tmpfs", "o": "size=48m,uid=65534,gid=65534,mode=700"},
        }
    },
}

_ALERT = "CacheErrorRatioHigh"


def is_whole(stack: ContainerStack) -> bool:
    """Whether everything does its work: all targets answer and are stored, alerts can go out, the caches are used."""
    return (
        {"cache", "redis-exporter", "prometheus", "alertmanager"} <= stack.targets().keys()
        and set(stack.targets().values()) == {"up"}
        and stack.value("min(up)") == 1
        and stack.value("time() - max(timestamp(cache_operations_total))") < 6
        and stack.value("max(redis_up)") == 1
        and get_json(stack.url("workload", "/health"))["status"] == "healthy"
        and "messages" in get_json(stack.url("receiver", "/alerts"))
        and "uptime" in get_json(stack.url("alertmanager", "/api/v2/status"))
    )


def heals(stack: ContainerStack, harm: Callable[[], None]) -> tuple[float, dict[str, list[list[Any]]]]:
    """The stack gets over some harm by itself, and what had been stored before is still there.

    Gives the time before the harm, and what had been stored by then.
    """
    wait_for("the stack is whole", lambda: is_whole(stack), seconds=120)
    at = time.time() - 4  # what is scraped just now may not be stored yet
    before = stack.stored(at)
    assert len(before) > 100
    harm()
    wait_for("the stack is whole again", lambda: is_whole(stack), seconds=120)
    assert stack.stored(at) == before
    return at, before


def killed(service: str) -> Callable[[ContainerStack], object]:
    return lambda stack: heals(stack, partial(stack.kill, service))


def _grafana_is_killed(stack: ContainerStack) -> None:
    if stack.has_grafana():  # there is no stand-in for its image
        heals(stack, partial(stack.kill, "grafana"))
        wait_for("Grafana answers", lambda: get_json(stack.url("grafana", "/api/health"))["database"] == "ok")


def _alert_fires_without_alertmanager(stack: ContainerStack) -> tuple[float, float, float]:
    """Gives when Alertmanager went, when the alert began that arrived in the end, and when Alertmanager came back."""
    wait_for("the stack is whole", lambda: is_whole(stack), seconds=120)
    wait_for(f"no {_ALERT} to begin with", lambda: _ALERT not in stack.active_alerts())
    gone = time.time()
    alertmanager = stack.container("alertmanager")
    alertmanager.stop(timeout=10)
    try:
        stack.scenario("errors")
        firing = f'count(ALERTS{{alertname="{_ALERT}",alertstate="firing"}})'
        wait_for("the alert fires for both caches", lambda: stack.value(firing) == 2, seconds=120)
        failed = "sum(increase(prometheus_notifications_errors_total[20s]))"
        wait_for("it could not be sent", lambda: stack.value(failed) > 0)
    finally:
        back = time.time()
        alertmanager.start()

    def arrived() -> float | None:
        began = [
            moment(each["startsAt"])
            for each in stack.delivered()
            if each["labels"]["alertname"] == _ALERT and each["status"] == "firing"
        ]
        return min((at for at in began if at > gone), default=None)  # there was one in a phase before

    began = wait_for("the alert arrives", arrived, seconds=120)  # Prometheus repeats itself once a minute
    stack.scenario("normal")
    return gone, began, back


def _disk_fills(stack: ContainerStack) -> None:
    """Something else takes all the room on Prometheus's disk, and gives it back."""
    started = _prometheus_started(stack)

    def fill() -> None:
        stack.compose.exec_in_container(["sh", "-c", "dd if=/dev/zero of=/disk/ballast bs=4k || true"], "neighbour")
        since = 'time() - max(timestamp(up{job="cache"}))'
        wait_for("nothing more is stored", lambda: stack.value(since) > 6)
        wait_for("it is said", lambda: "its disk was full" in stack.stackgen("status", check=False).stdout)
        stack.compose.exec_in_container(["rm", "/disk/ballast"], "neighbour")
        wait_for("it is started anew", lambda: _prometheus_started(stack) > started, seconds=60)

    at, before = heals(stack, fill)
    # What is stored from then on outlives the next start.
    heals(stack, partial(stack.kill, "prometheus"))
    assert stack.stored(at) == before


def _prometheus_started(stack: ContainerStack) -> str:
    at: str = stack.container("prometheus").attrs["State"]["StartedAt"]
    return at


def _all_are_well(stack: ContainerStack) -> dict[str, str]:
    """Gives the health of each container that tells it."""

    def health() -> dict[str, str] | None:
        found = {
            name: container.attrs["State"]["Health"]["Status"]
            for name, container in stack.containers().items()
            if "Health" in container.attrs["State"]
        }
        return found if set(found.values()) == {"healthy"} else None

    return wait_for("all containers are healthy", health, seconds=120)


#: The steps by name.
FAULTS: Mapping[str, Callable[[ContainerStack], Any]] = {
    "alert fires without alertmanager": _alert_fires_without_alertmanager,
    "redis is killed": killed("redis"),
    "redis-exporter is killed": killed("redis-exporter"),
    "receiver is killed": killed("receiver"),
    "alertmanager is killed": killed("alertmanager"),
    "workload is killed": killed("workload"),
    "prometheus is killed": killed("prometheus"),
    "grafana is killed": _grafana_is_killed,
    "disk fills": _disk_fills,
    "all are well": _all_are_well,
}
