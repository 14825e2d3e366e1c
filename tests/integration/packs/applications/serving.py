"""What the applications share: `/metrics`, and a path for each thing that the application can be told to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def serve(port: int, metrics: Callable[[], str], actions: Mapping[str, Callable[[], None]]) -> None:
    """Serve until the process is ended: `metrics` gives the text format 0.0.4, `/NAME` runs an action."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            if name == "metrics":
                self._answer(200, metrics())
            elif name in actions:
                actions[name]()
                self._answer(200, "done")
            else:
                self._answer(404, f"no {name}")

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing: what is asked is asked by the tests."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
