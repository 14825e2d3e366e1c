"""Breaking a stack, against an engine and servers of the test's own; the real ones break in tests/integration."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from stackgen.conventions import slo_alert_name
from stackgen.definition import load
from stackgen.findings import StackgenError
from stackgen.stack.engine import ServiceStatus
from stackgen.stack.faults import FAULTS, fault_named, run_fault

DEMO = ("prometheus", "receiver", "workload", "redis")


@dataclass
class Stack:
    """What a stack answers, and what was done to it."""

    url: str = ""
    up: tuple[str, ...] = DEMO
    state: str = "firing"
    starts_at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=1))
    done: list[str] = field(default_factory=list)

    def status(self) -> tuple[ServiceStatus, ...]:
        return tuple(ServiceStatus(name, "running", "healthy", self.url) for name in self.up)

    def hold(self, service: str) -> None:
        self.done.append(f"hold {service}")

    def release(self, service: str) -> None:
        self.done.append(f"release {service}")

    def answer(self, path: str) -> Any:
        labels = {"alertname": "CacheErrorRatioHigh"}
        rule = {"name": "CacheErrorRatioHigh", "duration": 120, "query": "job:errors:ratio_rate5m > 0.05"}
        match path:
            case "/api/v1/rules?type=alert":
                burns = {"name": "CacheAvailableBudgetBurn", "duration": 0, "query": "slo:sli_error:ratio_rate5m > 1"}
                return {"data": {"groups": [{"interval": 15, "rules": [rule]}, {"interval": 30, "rules": [burns]}]}}
            case "/api/v1/alerts":
                return {"data": {"alerts": [{"labels": labels, "state": self.state}]}}
            case _:
                alert = {"labels": labels, "status": "firing", "startsAt": self.starts_at.isoformat()}
                return {"messages": [{"alerts": [alert]}]}


@pytest.fixture
def stack() -> Iterator[Stack]:
    stack = Stack()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._give(json.dumps(stack.answer(self.path)).encode())

        def do_POST(self) -> None:
            stack.done.append(f"post {self.path}")
            self._give(b"{}")

        def _give(self, body: bytes) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the base class's name

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stack.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield stack
    server.shutdown()
    server.server_close()


def run(stack: Stack, name: str, seconds: float | None = None) -> list[str]:
    told: list[str] = []
    run_fault(stack, FAULTS[name], told.append, seconds=seconds)  # type: ignore[arg-type] # the part that is asked for
    return told


def test_every_alert_of_a_fault_is_one_of_the_definition() -> None:
    definition = load("cache")
    alerts = {alert for each in (definition, *definition.includes) for alert in each.alerts}
    assert {alert for fault in FAULTS.values() for alert in fault.alerts} <= alerts
    assert all(fault.alerts for fault in FAULTS.values())
    objectives = {slo_alert_name(definition, slo) for slo in definition.slos}
    assert {alert for fault in FAULTS.values() for alert in fault.budget_alerts} == objectives


def test_a_scenario_is_played_until_its_alert_has_arrived_and_then_the_normal_one(stack: Stack) -> None:
    told = run(stack, "errors")
    assert stack.done == ["post /scenario/errors", "post /scenario/normal"]
    assert "expect CacheErrorRatioHigh, firing in 2 min to 7 min 30 s; it arrives 10 s later" in told
    assert any(line.startswith("CacheAvailableBudgetBurn may fire too") for line in told)
    assert any(line.startswith("CacheErrorRatioHigh has arrived at the receiver") for line in told)
    assert told[-1].startswith("errors is undone")


def test_a_service_is_held_and_released(stack: Stack) -> None:
    run(stack, "redis-down")
    assert stack.done == ["hold redis", "release redis"]


def test_an_alert_of_an_earlier_break_has_not_arrived_from_this_one(stack: Stack) -> None:
    stack.starts_at = datetime.now(UTC) - timedelta(hours=1)
    told = run(stack, "errors", seconds=0.2)
    assert any(line.startswith("CacheErrorRatioHigh fires") for line in told)
    assert not any("has arrived" in line for line in told)


def test_whatever_ends_it_it_is_undone(stack: Stack) -> None:
    def interrupted(line: str) -> None:
        if line.startswith("Ctrl-C"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_fault(stack, FAULTS["redis-down"], interrupted)  # type: ignore[arg-type]
    assert stack.done == ["hold redis", "release redis"]


def test_what_does_not_run_cannot_be_broken(stack: Stack) -> None:
    stack.up = ("prometheus", "receiver")
    with pytest.raises(StackgenError, match=r"^workload does not run; `stackgen up --profile demo` starts"):
        run(stack, "slow")
    assert stack.done == []


def test_a_fault_that_no_rule_tells_of_is_not_started(stack: Stack) -> None:
    with pytest.raises(StackgenError, match=r"^no rule of this stack has an alert for slow: CacheLatencyHigh$"):
        run(stack, "slow")
    assert stack.done == []


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(StackgenError, match=r"^no scenario 'burts'; did you mean 'burst'\?$"):
        fault_named("burts")
    with pytest.raises(StackgenError, match=r"choose one of redis-down, cold, slow, errors, burst$"):
        fault_named("?")
