"""ASGI and WSGI applications that serve a registry the short way."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import prometheus_client.openmetrics.exposition as openmetrics
from prometheus_client.registry import REGISTRY, Collector, CollectorRegistry

from stackgen.runtime.exposition import generate_latest, generate_openmetrics

TEXT, OPENMETRICS = "text/plain", "application/openmetrics-text"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]
Headers = list[tuple[str, str]]

_SERVED = {OPENMETRICS: OPENMETRICS, TEXT: TEXT, "text/*": TEXT, "*/*": TEXT}

#: How names are written that older readers do not know, as prometheus_client calls it; its older versions know one way.
_ESCAPINGS = ("underscores", "allow-utf-8", "dots", "values") if hasattr(openmetrics, "ALLOWUTF8") else ()

#: Where compressing costs more than it saves.
_SMALL = 1024


class Format(NamedTuple):
    """What is served: one of both formats, and how names are escaped; None where the reader said nothing of that."""

    kind: str
    escaping: str | None = None

    @property
    def content_type(self) -> str:
        """The header."""
        version = "1.0.0" if self.kind == OPENMETRICS or self.escaping else "0.0.4"
        escaping = f"; escaping={self.escaping}" if self.escaping else ""
        return f"{self.kind}; version={version}; charset=utf-8{escaping}"

    def render(self, registry: Collector) -> bytes:
        """The metrics of a registry."""
        generate = generate_openmetrics if self.kind == OPENMETRICS else generate_latest
        return generate(registry, self.escaping or "underscores")


def chosen_format(accept: str) -> Format:
    """The format to serve for an `Accept` header: OpenMetrics where it is preferred to text, else text.

    As with `choose_encoder` of prometheus_client, who takes version 1.0.0 of a format says how names are escaped.
    """
    best = {TEXT: (0.0, Format(TEXT)), OPENMETRICS: (0.0, Format(OPENMETRICS))}
    for part in accept.split(","):
        name, *pieces = (piece.strip().lower() for piece in part.split(";"))
        served = _SERVED.get(name)
        if served is not None:
            parameters = dict(piece.replace(" ", "").partition("=")[::2] for piece in pieces)
            quality = _quality(pieces)
            if quality > best[served][0]:
                best[served] = (quality, Format(served, _escaping(parameters)))
    (text, plain), (other, openmetrics_format) = best[TEXT], best[OPENMETRICS]
    return openmetrics_format if other > 0 and other >= text else plain


def _escaping(parameters: Mapping[str, str]) -> str | None:
    version = parameters.get("version", "").split(".")[0]
    if not _ESCAPINGS or not version.isdecimal() or int(version) < 1:
        return None
    asked = parameters.get("escaping", "")
    return asked if asked in _ESCAPINGS else "underscores"


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _accepts_gzip(header: str) -> bool:
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name in {"gzip", "*"} and _quality(parameters) > 0:
            return True
    return False


def response(
    registry: CollectorRegistry, method: str, accept: str, accept_encoding: str, query: str
) -> tuple[int, Headers, bytes]:
    """Status, headers and body for one request; `name[]` in the query asks for some metrics only."""
    if method not in {"GET", "HEAD"}:
        return 405, [("Allow", "GET, HEAD"), ("Content-Type", "text/plain; charset=utf-8")], b"GET or HEAD only\n"
    names = parse_qs(query).get("name[]")
    collector: Any = registry.restricted_registry(names) if names else registry
    chosen = chosen_format(accept)
    body = chosen.render(collector)
    headers = [("Content-Type", chosen.content_type), ("Vary", "Accept, Accept-Encoding")]
    if len(body) > _SMALL and _accepts_gzip(accept_encoding):
        # Level 1: five times as fast as the default, for a tenth more bytes. zlib lets go of the GIL meanwhile.
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    headers.append(("Content-Length", str(len(body))))
    return 200, headers, b"" if method == "HEAD" else body


def make_wsgi_app(registry: CollectorRegistry = REGISTRY) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that serves the metrics of a registry, whatever its path."""
    reasons = {200: "200 OK", 405: "405 Method Not Allowed"}

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, headers, body = response(
            registry,
            environ["REQUEST_METHOD"],
            environ.get("HTTP_ACCEPT", ""),
            environ.get("HTTP_ACCEPT_ENCODING", ""),
            environ.get("QUERY_STRING", ""),
        )
        start_response(reasons[status], headers)
        return [body]

    return app


def make_asgi_app(
    registry: CollectorRegistry = REGISTRY,
) -> AsgiApp:
    """An ASGI application that serves the metrics of a registry, whatever its path.

    Under asyncio it renders in a thread, so that other requests are served meanwhile.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] == "websocket":
            # Refused: a server answers 403 to what is closed before it is accepted.
            await send({"type": "websocket.close"})
            return
        found: dict[str, str] = {}
        for name, value in scope.get("headers", ()):
            key = name.decode("latin-1").lower()
            found[key] = f"{found[key]},{value.decode('latin-1')}" if key in found else value.decode("latin-1")
        arguments = (
            registry,
            scope["method"],
            found.get("accept", ""),
            found.get("accept-encoding", ""),
            scope.get("query_string", b"").decode("latin-1"),
        )
        status, headers, body = await _in_thread(response, *arguments)
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": body})

    return app


async def _in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    import asyncio  # noqa: PLC0415 - an application without it, or with trio, does not pay for it

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return function(*arguments)
    return await asyncio.to_thread(function, *arguments)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
