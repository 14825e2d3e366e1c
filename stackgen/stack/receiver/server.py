"""The receiver's HTTP server: takes Alertmanager's messages in and shows them."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from stackgen.stack.receiver import page
from stackgen.stack.receiver.inbox import Alert, Inbox, MalformedMessageError, Message, parse_message
from stackgen.stack.receiver.runbooks import runbook_names, runbook_text

#: The longest message that is taken in, in bytes.
MAX_MESSAGE = 1024 * 1024

_log = logging.getLogger("stackgen.receiver")


class ReceiverServer(ThreadingHTTPServer):
    """Serves one inbox and one folder of runbooks."""

    daemon_threads = True
    allow_reuse_address = True
    # Connections that wait to be accepted; with the default of 5 a burst of alerts waits for a second.
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], inbox: Inbox, runbooks: Path | None) -> None:
        super().__init__(address, _Handler)
        self.inbox = inbox
        self.runbooks = runbooks

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that have gone before they were answered, as a browser does when a tab is closed."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: ReceiverServer
    protocol_version = "HTTP/1.1"
    server_version = "stackgen"
    sys_version = ""
    # Seconds after which a connection on which nothing comes is closed.
    timeout: ClassVar[float] = 30.0

    def do_GET(self) -> None:
        match urlsplit(self.path).path.strip("/").split("/"):
            case [""]:
                inbox = self.server.inbox
                self._html(HTTPStatus.OK, page.overview(inbox.newest_first(), inbox.arrived))
            case ["alerts"]:
                self._json(HTTPStatus.OK, _document(self.server.inbox))
            case ["health"]:
                self._json(HTTPStatus.OK, {"status": "healthy"})
            case ["runbooks"]:
                self._html(HTTPStatus.OK, page.runbook_index(runbook_names(self.server.runbooks)))
            case ["runbooks", definition, alert]:
                self._runbook(unquote(definition), unquote(alert))
            case _:
                self._html(HTTPStatus.NOT_FOUND, page.problem("No such page", "There is nothing at this address."))

    # The base class answers HEAD with 501; `send_response` and `_answer` know not to send a body.
    do_HEAD = do_GET  # noqa: N815 - the base class names them so

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if urlsplit(self.path).path != "/alerts":
            self._json(HTTPStatus.NOT_FOUND, {"error": "alerts are posted to /alerts"})
            return
        try:
            message = parse_message(body, datetime.now(UTC))
        except MalformedMessageError as error:
            _log.warning("refused a message: %s", error)
            self._json(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            return
        self.server.inbox.add(message)
        for alert in message.alerts:
            _log.info("%s %s: %s", alert.status, _line(alert.name), _line(alert.annotations.get("summary", "")))
        self._json(HTTPStatus.OK, {"alerts": len(message.alerts)})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing of single requests: what arrives is logged where it is taken in."""

    def _body(self) -> bytes | None:
        """The request's body; None if there is none to be had, which has been answered then."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self.close_connection = True
            self._json(HTTPStatus.LENGTH_REQUIRED, {"error": "the request has no Content-Length"})
            return None
        if int(length) > MAX_MESSAGE:
            self.close_connection = True
            self._json(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": f"a message has at most {MAX_MESSAGE} bytes"})
            return None
        return self.rfile.read(int(length))

    def _runbook(self, definition: str, alert: str) -> None:
        text = runbook_text(self.server.runbooks, definition, alert)
        if text is None:
            missing = f"There is no runbook for {alert} of {definition}. `stackgen generate` makes them."
            self._html(HTTPStatus.NOT_FOUND, page.problem("No such runbook", missing))
        else:
            self._html(HTTPStatus.OK, page.runbook(alert, text))

    def _html(self, status: HTTPStatus, text: str) -> None:
        self._answer(status, "text/html; charset=utf-8", text.encode())

    def _json(self, status: HTTPStatus, data: object) -> None:
        self._answer(status, "application/json", json.dumps(data).encode() + b"\n")

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        # Alerts come from anybody who reaches the port: nothing in them may run or be loaded.
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _document(inbox: Inbox) -> dict[str, object]:
    """What `/alerts` gives: the messages, newest first, with the names that Alertmanager uses."""
    return {"arrived": inbox.arrived, "messages": [_message(message) for message in inbox.newest_first()]}


def _message(message: Message) -> dict[str, object]:
    return {
        "receivedAt": message.received_at.isoformat(),
        "status": message.status,
        "receiver": message.receiver,
        "alerts": [_alert(alert) for alert in message.alerts],
    }


def _alert(alert: Alert) -> dict[str, object]:
    return {
        "status": alert.status,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": alert.starts_at,
        "endsAt": alert.ends_at,
        "generatorURL": alert.generator_url,
        "fingerprint": alert.fingerprint,
    }


def _line(text: str) -> str:
    """Text from outside as part of one line of a log."""
    return "".join(character if character.isprintable() else " " for character in text)
