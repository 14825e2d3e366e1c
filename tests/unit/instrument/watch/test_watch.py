"""A watch's thread, and where its notices go."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.instrument.watch import Mail, Notice, Rules, Watch, Webhook
from stackgen.instrument.watch.notices import fingerprint
from stackgen.stack.receiver.inbox import parse_message
from tests.integration.ports import free_port
from tests.serving import serving
from tests.waiting import wait_until


@pytest.fixture
def metrics() -> CacheMetrics:
    made = CacheMetrics("sessions", "redis", registry=CollectorRegistry())
    made.set_circuit_breaker_state(2)
    return made


@pytest.fixture
def notice(metrics: CacheMetrics) -> Notice:
    times = count(0, 100)
    rules = Rules(metrics, clock=lambda: float(next(times)))
    assert rules.evaluate() == []
    [found] = rules.evaluate()
    return found


def quick(metrics: CacheMetrics, *notify: Any) -> Watch:
    """A watch for which a hundred seconds go by at each look."""
    watch = Watch(metrics, *notify, every=0.01)
    times = count(0, 100)
    watch.rules = Rules(metrics, clock=lambda: float(next(times)))
    return watch


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "stackgen-watch"]


def test_what_fires_and_ends_is_logged_and_told_to_everybody(
    metrics: CacheMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Notice] = []

    def broken(_: Notice) -> None:
        raise ZeroDivisionError

    with quick(metrics, broken, told.append):
        wait_until(lambda: told)
        metrics.set_circuit_breaker_state(0)
        wait_until(lambda: len(told) == 2)
    assert threads() == []
    assert [(notice.name, notice.firing) for notice in told] == [
        ("CacheCircuitOpen", True),
        ("CacheCircuitOpen", False),
    ]
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert said[0] == "alert CacheCircuitOpen fires: sessions: the circuit breaker is open"
    assert len([record for record in caplog.records if record.exc_info]) == 2


def test_it_can_be_started_and_stopped_twice(metrics: CacheMetrics) -> None:
    watch = Watch(metrics, every=3600)
    watch.start().start()
    assert len(threads()) == 1
    watch.stop()
    watch.stop()
    wait_until(lambda: not threads())
    with pytest.raises(ValueError, match="every must be above 0"):
        Watch(metrics, every=0)


def test_a_forked_child_goes_on_with_its_own(metrics: CacheMetrics) -> None:
    with Watch(metrics, every=3600) as watch:
        before = watch.rules
        pid = os.fork()
        if not pid:
            os._exit(0 if len(threads()) == 1 and watch.rules is not before else 1)
        assert os.waitpid(pid, 0)[1] == 0


@pytest.fixture
def posted() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a server, and what is posted to it."""
    bodies: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    with serving(HTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_port}/", bodies


def test_a_webhook_gets_what_alertmanager_would_send(notice: Notice, posted: tuple[str, list[dict[str, Any]]]) -> None:
    url, bodies = posted
    Webhook(url)(notice)
    [body] = bodies
    [alert] = body["alerts"]
    assert set(body) == {
        "version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels",
        "commonAnnotations", "externalURL", "alerts",
    }  # fmt: skip
    assert set(alert) == {
        "status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint",
    }  # fmt: skip
    assert (body["commonLabels"], body["commonAnnotations"]) == (alert["labels"], alert["annotations"])
    assert body["groupKey"] == (
        '{}:{alertname="CacheCircuitOpen", backend="redis", cache="sessions", severity="critical"}'
    )
    assert body["groupLabels"] == alert["labels"]
    assert parse_message(json.dumps(body).encode(), notice.at).alerts[0].fingerprint == alert["fingerprint"]
    assert (body["version"], body["status"], alert["status"]) == ("4", "firing", "firing")
    assert alert["labels"] == {
        "alertname": "CacheCircuitOpen", "severity": "critical", "cache": "sessions", "backend": "redis",
    }  # fmt: skip
    assert alert["annotations"]["summary"] == "sessions: the circuit breaker is open"
    with pytest.raises(ValueError, match="begins with http"):
        Webhook("file:///etc/passwd")


def test_a_fingerprint_is_alertmanagers() -> None:
    # prometheus/common, model/signature_test.go
    assert int(fingerprint({"name": "garland, briggs", "fear": "love is not enough"}), 16) == 5799056148416392346
    assert int(fingerprint({}), 16) == 14695981039346656037


def test_an_end_says_when_it_began_and_is_of_the_same_alert(metrics: CacheMetrics) -> None:
    times = count(0, 100)
    rules = Rules(metrics, clock=lambda: float(next(times)))
    rules.evaluate()
    [fired] = rules.evaluate()
    metrics.set_circuit_breaker_state(0)
    [ended] = rules.evaluate()
    firing, resolved = fired.json(), ended.json()
    assert firing["startsAt"] == resolved["startsAt"] == fired.at.isoformat()
    assert firing["endsAt"] == "0001-01-01T00:00:00Z"
    assert resolved["endsAt"] == ended.at.isoformat() > fired.at.isoformat()
    assert firing["fingerprint"] == resolved["fingerprint"]
    metrics.set_circuit_breaker_state(2)
    assert rules.evaluate() == []
    [again] = rules.evaluate()
    assert again.began == again.at > ended.at


def test_mail_arrives(notice: Notice) -> None:
    arrived: list[Any] = []

    class Handler:
        async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802
            arrived.append(envelope)
            return "250 OK"

    port = free_port()
    server = Controller(Handler(), hostname="127.0.0.1", port=port, ready_timeout=60)
    server.start()
    try:
        Mail(["on-call@example.org"], "stackgen@example.org", port=port)(notice)
    finally:
        server.stop()
    [envelope] = arrived
    assert envelope.rcpt_tos == ["on-call@example.org"]
    text = envelope.content.decode()
    assert "Subject: [firing] CacheCircuitOpen: sessions: the circuit breaker is open" in text
    assert "cache: sessions" in text
