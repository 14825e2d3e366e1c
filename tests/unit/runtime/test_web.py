"""The ASGI and WSGI applications: formats, compression, methods."""

from __future__ import annotations

import asyncio
import gzip
import sys
import threading
import time
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import choose_encoder

from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime import generate_latest, make_asgi_app, make_wsgi_app
from tests.unit.runtime.exporters import names, parsed

#: What Prometheus 3 sends.
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    CacheMetrics("sessions", "redis", registry=registry).record_hit(0.1)
    return registry


def wsgi(registry: CollectorRegistry, method: str, query: str, headers: dict[str, str]) -> Answer:
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "QUERY_STRING": query}
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    setup_testing_defaults(environ)
    answered: list[Any] = []
    body = b"".join(make_wsgi_app(registry)(environ, lambda *found: answered.extend(found)))
    return int(answered[0].split()[0]), {name.lower(): value for name, value in answered[1]}, body


def asgi(registry: CollectorRegistry, method: str, query: str, headers: dict[str, str]) -> Answer:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(make_asgi_app(registry)(scope, receive, send))
    start, body = sent
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


@pytest.fixture(params=[wsgi, asgi])
def ask(request: pytest.FixtureRequest, registry: CollectorRegistry) -> Any:
    def ask(method: str = "GET", query: str = "", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: Answer = request.param(registry, method, query, named)
        return answer

    return ask


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "text/plain",
        "*/*",
        "text/html",
        "application/openmetrics-text;q=0",
        "a;q=x",
        "text/plain;version=x;escaping=allow-utf-8",
    ],
)
def test_text_is_what_everybody_understands(accept: str, ask: Any, registry: CollectorRegistry) -> None:
    status, headers, body = ask(accept=accept)
    assert status == 200
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert body == generate_latest(registry)


def test_prometheus_gets_openmetrics(ask: Any) -> None:
    _, headers, body = ask(accept=PROMETHEUS)
    expected = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
    assert headers["content-type"] == expected
    assert ("cache_operations_total") in names(parsed(body, openmetrics=True))


OTHERS = [
    PROMETHEUS,
    "application/openmetrics-text;version=1.0.0;escaping=underscores",
    "application/openmetrics-text; version=1.0.0; escaping=dots",
    "application/openmetrics-text;version=1.0.0",
    "application/openmetrics-text",
    "text/plain;version=1.0.0;escaping=allow-utf-8",
    "text/plain;version=1.0.0;escaping=values",
    "text/plain;version=0.0.4;escaping=allow-utf-8",
]


@pytest.mark.parametrize("accept", OTHERS)
def test_names_are_escaped_as_the_reader_asks(accept: str, ask: Any, registry: CollectorRegistry) -> None:
    """Names of other libraries may be any text; they are written as prometheus_client does for this header."""
    Gauge("http.server/durée", "Any name.", ["a.b"], registry=registry).labels("x").set(1)
    encode, content_type = choose_encoder(accept)
    _, headers, body = ask(accept=accept)
    assert headers["content-type"].replace("; ", ";").split(";")[0] == content_type.split(";")[0]
    assert ("escaping=" in headers["content-type"]) == ("escaping=" in content_type)
    theirs = {line for line in encode(registry).decode().splitlines() if "http" in line or "U__" in line}
    assert theirs
    assert theirs <= set(body.decode().splitlines())


def test_asgi_refuses_websockets(registry: CollectorRegistry) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/metrics", "headers": [], "query_string": b""}
    asyncio.run(make_asgi_app(registry)(scope, receive, send))
    assert sent == [{"type": "websocket.close"}]


def test_it_is_compressed_for_those_who_can_read_it(ask: Any, registry: CollectorRegistry) -> None:
    _, headers, body = ask(accept_encoding="br, gzip;q=0.8")
    assert headers["content-encoding"] == "gzip"
    assert int(headers["content-length"]) == len(body)
    assert gzip.decompress(body) == generate_latest(registry)
    _, headers, _ = ask(accept_encoding="gzip;q=0")
    assert "content-encoding" not in headers


def test_some_metrics_can_be_asked_for(ask: Any) -> None:
    _, _, body = ask(query="name[]=cache_errors_total")
    assert names(parsed(body)) == {"cache_errors_total"}


def test_head_has_no_body_and_post_is_refused(ask: Any) -> None:
    status, headers, body = ask("HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 1000
    assert ask("POST")[0] == 405


def test_asgi_servers_may_ask_for_a_lifespan(registry: CollectorRegistry) -> None:
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[str] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(make_asgi_app(registry)({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_the_event_loop_goes_on_while_a_scrape_is_rendered(registry: CollectorRegistry) -> None:
    """A gauge's function that waits for the event loop would wait for ever if the loop rendered."""
    metrics = CacheMetrics("sessions", "redis", registry=registry)

    async def scenario() -> None:
        reached, loop = threading.Event(), asyncio.get_running_loop()

        def function() -> float:
            loop.call_soon_threadsafe(reached.set)
            assert reached.wait(20)
            return 1.0

        metrics.set_entries_function(function)
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "query_string": b"", "headers": []}
        await make_asgi_app(registry)(scope, send, send)  # type: ignore[arg-type]
        assert b'cache_entries{cache="sessions",backend="redis"} 1\n' in sent[-1]["body"]

    asyncio.run(scenario())


def test_ten_thousand_series_let_other_threads_go_on(registry: CollectorRegistry) -> None:
    for index in range(49):
        CacheMetrics(f"cache-{index}", "redis", registry=registry).record_hit(0.1)
    assert len(parsed(generate_latest(registry))) > 10_000
    turns, stop, started = 0, threading.Event(), threading.Event()

    def watch() -> None:
        nonlocal turns
        last = time.perf_counter()
        while not stop.is_set():
            now = time.perf_counter()
            # Who goes on does so within a microsecond; after more than these it is a new turn.
            turns += now - last > 5e-5
            last = now
            started.set()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    thread = threading.Thread(target=watch)
    thread.start()
    try:
        assert started.wait(60)
        had = 0
        for _ in range(10):  # a machine that is busy may not let the other thread have all of its turns
            begun = turns
            for _ in range(5):
                generate_latest(registry)
            had = max(had, turns - begun)
            if had > 20:
                break
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(before)
    # Five, if each scrape were in one piece. How long the pieces are is measured in the benchmarks.
    assert had > 20
