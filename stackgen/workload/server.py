"""The HTTP server: metrics for Prometheus, counts for tests, scenarios for people."""

from __future__ import annotations

import json
import socket
import sys
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from prometheus_client import MetricsHandler

from stackgen.findings import StackgenError
from stackgen.workload.application import Application
from stackgen.workload.page import page

#: How much of a request's body is read, in bytes.
_LARGEST_BODY = 64 * 1024

_PATHS = "/, /metrics, /health, /counts, /scenario"


class _Handler(MetricsHandler):
    """One request; prometheus_client's handler answers for /metrics, content negotiation and all."""

    application: Application
    #: Seconds after which a client that says nothing is let go.
    timeout = 10

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        path = urlsplit(self.path).path
        if path == "/metrics":
            super().do_GET()
        elif path == "/":
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", page(self.application.stage.scenario))
        elif path == "/health":
            healthy, details = self.application.health()
            self._send_json(HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE, details)
        elif path == "/counts":
            self._send_json(HTTPStatus.OK, self.application.counts())
        elif path == "/scenario":
            self._send_json(HTTPStatus.OK, self.application.scenario())
        else:
            self._send_json(HTTPStatus.NOT_FOUND, {"error": f"nothing at {path}; there are {_PATHS}"})

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        # Nothing in a body matters, but a connection closed on an unread one is reset before its answer is read.
        length = self.headers.get("Content-Length", "")
        self.rfile.read(min(int(length), _LARGEST_BODY) if length.isdecimal() else 0)
        asked = urlsplit(self.path)
        first, _, name = asked.path.removeprefix("/").partition("/")
        if first != "scenario":
            self._send_json(HTTPStatus.NOT_FOUND, {"error": "only scenarios are posted, to /scenario/NAME"})
            return
        name = name or parse_qs(asked.query).get("name", [""])[0]
        try:
            self.application.switch(name)
        except StackgenError as error:
            self._send_json(HTTPStatus.NOT_FOUND, {"error": str(error)})
            return
        if "text/html" in self.headers.get("Accept", ""):
            # From the page's own buttons: back to the page, so that reloading it does not switch again.
            self._send(HTTPStatus.SEE_OTHER, "text/plain; charset=utf-8", "", location="/")
        else:
            self._send_json(HTTPStatus.OK, self.application.scenario())

    def _send_json(self, status: HTTPStatus, body: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(body) + "\n")

    def _send(self, status: HTTPStatus, kind: str, text: str, location: str = "") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that has gone away is no error of ours; all else is told, as the base class does.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Server6(_Server):
    address_family = socket.AF_INET6


class Server:
    """Serves an application on `host` and `port` (0: a free one) as soon as it is made.

    Raises StackgenError when the address cannot be had.
    """

    def __init__(self, application: Application, host: str, port: int) -> None:
        handler = type("Handler", (_Handler,), {"application": application, "registry": application.registry})
        try:
            self._server = (_Server6 if ":" in host else _Server)((host, port), handler)
        except OSError as error:
            reason = error.strerror or error
            raise StackgenError(
                f"cannot listen on {host} port {port} ({reason}); choose another --port or --host"
            ) from error
        self._thread = Thread(target=self._server.serve_forever, args=(0.1,), name="http", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is found."""
        host, port = self._server.server_address[:2]
        shown = host.decode() if isinstance(host, bytes) else host
        return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"

    def stop(self) -> None:
        """End; requests under way are cut off."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
