"""`/health` over ASGI, WSGI and as a view of Django's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.instrument.health import AsyncHealth, Health, Limits, make_asgi_app, make_wsgi_app

#: Status, headers and body.
Answer = tuple[int, dict[str, str], bytes]


#: For what is not about time: a machine that stalls is no slow cache.
PATIENT: dict[str, Any] = {"limits": Limits(slow=None), "timeout": 60}


def health(probe: Callable[[], Any]) -> Health:
    return Health(CacheMetrics("sessions", "redis", registry=CollectorRegistry()), probe, **PATIENT)


def fine() -> None: ...


def broken() -> None:
    raise ConnectionRefusedError


async def awaited() -> None: ...


def wsgi(app: Any, method: str = "GET") -> Answer:
    found: list[Any] = []
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "QUERY_STRING": ""}
    setup_testing_defaults(environ)
    start: Any = lambda status, headers, *_: found.extend((status, headers))  # noqa: E731
    body: Any = validator(app)(environ, start)
    content = b"".join(body)
    body.close()
    return int(found[0].split()[0]), dict(found[1]), content


def asgi(app: Any, method: str = "GET") -> Answer:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app({"type": "http", "method": method, "headers": []}, receive, send))
    start, content = sent
    headers = {name.decode().title(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, content["body"]


SERVED = pytest.mark.parametrize(("make", "ask"), [(make_wsgi_app, wsgi), (make_asgi_app, asgi)], ids=["wsgi", "asgi"])


@SERVED
def test_a_healthy_cache(make: Any, ask: Any) -> None:
    status, headers, body = ask(make(health(fine)))
    assert status == 200
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Length"] == str(len(body))
    content = json.loads(body)
    assert content.pop("seconds") >= 0
    assert content == {"status": "healthy", "reasons": [], "connected": True}


@SERVED
def test_an_unhealthy_cache(make: Any, ask: Any) -> None:
    status, _, body = ask(make(health(broken)))
    assert status == 503
    content = json.loads(body)
    assert (content["status"], content["connected"], content["error"]) == ("unhealthy", False, "connection")


@SERVED
def test_a_degraded_cache_can_still_be_used(make: Any, ask: Any) -> None:
    metrics = CacheMetrics("sessions", "redis", registry=CollectorRegistry())
    metrics.set_circuit_breaker_state(1)
    status, _, body = ask(make(Health(metrics, fine)))
    assert status == 200
    assert json.loads(body)["status"] == "degraded"


@SERVED
def test_details_on_demand(make: Any, ask: Any) -> None:
    metrics = CacheMetrics("sessions", "redis", registry=CollectorRegistry())
    metrics.record_hit(0.001)
    metrics.set_size(float("inf"))
    content = json.loads(ask(make(Health(metrics, fine), detailed=True))[2])
    assert content["signals"]["hit_ratio"] == 1
    assert content["signals"]["size"] is None, "JSON has no infinity"
    assert content["pool"] == {"in_use": None, "limit": None, "share": None}


@SERVED
def test_several_caches_are_as_the_worst_of_them(make: Any, ask: Any) -> None:
    status, _, body = ask(make({"sessions": health(fine), "pages": health(broken)}))
    assert status == 503
    content = json.loads(body)
    assert content["status"] == "unhealthy"
    assert {name: each["status"] for name, each in content["caches"].items()} == {
        "sessions": "healthy",
        "pages": "unhealthy",
    }


@SERVED
def test_methods(make: Any, ask: Any) -> None:
    app = make(health(broken))
    status, headers, body = ask(app, "HEAD")
    assert (status, body) == (503, b"")
    assert int(headers["Content-Length"]) > 0
    status, headers, _ = ask(app, "POST")
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


@SERVED
def test_who_asks_all_the_time_does_not_load_the_cache(make: Any, ask: Any) -> None:
    asked: list[int] = []
    app = make(health(lambda: asked.append(1)))
    for _ in range(20):
        assert ask(app)[0] == 200
    assert len(asked) < 20


def test_an_asyncio_cache_is_served_over_asgi_alone() -> None:
    own = AsyncHealth(CacheMetrics("sessions", "redis", registry=CollectorRegistry()), awaited)
    assert asgi(make_asgi_app(own))[0] == 200
    with pytest.raises(TypeError, match="use make_asgi_app"):
        make_wsgi_app({"sessions": own})  # type: ignore[dict-item]


@pytest.mark.parametrize("make", [make_asgi_app, make_wsgi_app])
def test_no_cache_is_none_to_answer_for(make: Any) -> None:
    with pytest.raises(ValueError, match="there is no cache"):
        make({})


def test_asgi_servers_may_ask_for_the_lifespan() -> None:
    messages = iter(["lifespan.startup", "lifespan.shutdown"])
    sent: list[str] = []

    async def receive() -> Any:
        return {"type": next(messages)}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(make_asgi_app(health(fine))({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
