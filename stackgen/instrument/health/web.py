"""`/health` over HTTP: 200 where every cache is healthy or degraded, 503 where one is unhealthy; JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from stackgen.instrument.health.checking import AsyncHealth, Health
from stackgen.instrument.health.monitor import checked
from stackgen.instrument.health.report import Report, Status
from stackgen.runtime.web import AsgiApp, Receive, Scope, Send

#: One cache, or several by their names.
Healths = Health | Mapping[str, Health]
AnyHealths = Health | AsyncHealth | Mapping[str, Health | AsyncHealth]

#: A report that is no older than so many seconds answers for a new one, so that whoever asks often does not load the
#: cache with it.
FRESH = 1.0

_REASONS = {200: "200 OK", 405: "405 Method Not Allowed", 503: "503 Service Unavailable"}


class Response(NamedTuple):
    """What goes out for a request."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def response(method: str, reports: Report | Mapping[str, Report], *, detailed: bool) -> Response:
    """The answer to a request, from one report, or from several by the names of their caches."""
    several = reports if isinstance(reports, Mapping) else {"": reports}
    status = max((report.status for report in several.values()), key=lambda each: each.level)
    shown = {name: (report if detailed else report.basic()).json() for name, report in several.items()}
    # An infinite or undefined number is no JSON.
    content = _finite({"status": str(status), "caches": shown} if isinstance(reports, Mapping) else shown[""])
    body = json.dumps(content, allow_nan=False).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Cache-Control", "no-store"),
        ("Content-Length", str(len(body))),
    ]
    return Response(503 if status is Status.UNHEALTHY else 200, headers, b"" if method == "HEAD" else body)


def not_allowed() -> Response:
    """The answer to a method that nothing can be asked with."""
    return Response(405, [("Allow", "GET, HEAD"), ("Content-Type", "application/json"), ("Content-Length", "0")], b"")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and value - value != 0 else value


def answer(method: str, healths: Healths, *, detailed: bool) -> Response:
    """The answer to a request, from checks made now or just before."""
    if method not in {"GET", "HEAD"}:
        return not_allowed()
    if isinstance(healths, Mapping):
        return response(method, {name: _report(health) for name, health in healths.items()}, detailed=detailed)
    return response(method, _report(healths), detailed=detailed)


async def answer_async(method: str, healths: AnyHealths, *, detailed: bool) -> Response:
    """The same without holding up the loop; several caches are asked at the same time."""
    import asyncio  # noqa: PLC0415 - for applications that have it

    if method not in {"GET", "HEAD"}:
        return not_allowed()
    if isinstance(healths, Mapping):
        reports = await asyncio.gather(*map(_report_async, healths.values()))
        return response(method, dict(zip(healths, reports, strict=True)), detailed=detailed)
    return response(method, await _report_async(healths), detailed=detailed)


def _report(health: Health) -> Report:
    return health.recent(FRESH) or health(detailed=True)


async def _report_async(health: Health | AsyncHealth) -> Report:
    return health.recent(FRESH) or await checked(health)


def make_wsgi_app(healths: Healths, *, detailed: bool = False) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that answers for one cache, or several by name, whatever its path.

    Raises TypeError for caches that have to be awaited, ValueError where there is none.
    """
    plain(healths)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, headers, body = answer(environ["REQUEST_METHOD"], healths, detailed=detailed)
        start_response(_REASONS[status], headers)
        return [body]

    return app


def make_asgi_app(healths: AnyHealths, *, detailed: bool = False) -> AsgiApp:
    """An ASGI application that answers for one cache, or several by name, whatever its path.

    Raises ValueError where there is none.
    """
    some(healths)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        status, headers, body = await answer_async(scope["method"], healths, detailed=detailed)
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": body})

    return app


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def some(healths: AnyHealths) -> list[Health | AsyncHealth]:
    """All of them; raises ValueError where there is none."""
    found = list(healths.values()) if isinstance(healths, Mapping) else [healths]
    if not found:
        message = "there is no cache to answer for: give a Health, or several by name"
        raise ValueError(message)
    return found


def plain(healths: AnyHealths) -> None:
    """Raises TypeError where one has to be awaited, ValueError where there is none."""
    if any(isinstance(health, AsyncHealth) for health in some(healths)):
        message = "a cache that has to be awaited cannot be asked from here: use make_asgi_app"
        raise TypeError(message)
