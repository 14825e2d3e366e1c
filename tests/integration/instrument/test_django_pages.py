"""What Django does with caches by itself is counted, and the metrics are served."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.test import AsyncClient, Client

from tests.integration.instrument import django_site
from tests.integration.instrument.django_site import observed, site
from tests.integration.instrument.recorded import Recorded

ALIASES = ("pages", "sessions", "fragments")


@pytest.fixture
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Recorded]]:
    """What each cache of the site recorded."""
    django_site.set_up(tmp_path_factory.mktemp("site"))
    found = {alias: Recorded("local", cache=alias) for alias in ALIASES}
    by_alias: dict[str, Any] = {
        alias: observed("locmem", {"LOCATION": f"pages of {alias}"}, found[alias].metrics) for alias in ALIASES
    }
    with site(**by_alias):
        for alias in ALIASES:
            caches[alias].clear()
            found[alias].metrics.reset()
        yield found


def test_cached_pages(recorded: dict[str, Recorded]) -> None:
    client = Client()
    assert client.get("/cached").content == client.get("/cached").content
    # The page itself, and the list of headers that it varies by.
    assert recorded["pages"].operations[("get", "miss")] >= 1
    assert recorded["pages"].operations[("get", "hit")] >= 2
    assert recorded["pages"].operations[("set", "ok")] >= 2


def test_sessions(recorded: dict[str, Recorded]) -> None:
    client = Client()
    assert [client.get("/visits").content for _ in range(3)] == [b"1", b"2", b"3"]
    assert recorded["sessions"].operations[("set", "ok")] == 3
    # The second and the third visit load the session, and look whether it is still there before they save it.
    assert recorded["sessions"].operations[("get", "hit")] == 4
    assert ("get", "miss") not in recorded["sessions"].operations


def test_template_fragments(recorded: dict[str, Recorded]) -> None:
    client = Client()
    assert client.get("/fragment").content == client.get("/fragment").content
    assert recorded["fragments"].operations == {("get", "miss"): 1, ("get", "hit"): 1, ("set", "ok"): 1}


def test_the_metrics_are_served_and_never_cached(recorded: dict[str, Recorded]) -> None:
    client = Client()
    first = client.get("/metrics")
    assert (first.status_code, first["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert "no-store" in first["Cache-Control"]
    assert b"python_info" in first.content
    assert recorded["pages"].operations.get(("set", "ok")) is None
    openmetrics = client.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert openmetrics.content.endswith(b"# EOF\n")
    packed = client.get("/metrics", headers={"Accept-Encoding": "gzip"})
    assert b"python_info" in gzip.decompress(packed.content)
    one = client.get("/metrics?name[]=python_info").content
    assert {line.partition(b"{")[0] for line in one.splitlines() if not line.startswith(b"#")} == {b"python_info"}
    assert client.head("/metrics").content == b""
    assert client.post("/metrics").status_code == 405


def test_the_metrics_are_served_by_asgi_too(recorded: dict[str, Recorded]) -> None:
    answer = asyncio.run(AsyncClient().get("/metrics"))
    assert b"python_info" in answer.content
