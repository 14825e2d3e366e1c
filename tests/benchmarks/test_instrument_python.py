"""What the wrappers cost where a lookup stays inside the process, and so costs next to nothing itself.

A plain and an observed cache take turns in short batches, so that a busy moment of the machine meets both; the best
batch of each counts, the others were interrupted.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiocache
import pytest
from django.core.cache import caches
from dogpile.cache import make_region
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.instrument import instrument
from stackgen.instrument.functions import observe
from tests.benchmarks.machine import slowness
from tests.integration.instrument import django_site

TURNS = int(os.environ.get("STACKGEN_BENCH_TURNS", "300"))
BATCH = 1000
RESULTS = Path(".benchmarks/instrument-python.json")

#: A batch of so many operations.
Batch = Callable[[int], None]

_results: dict[str, dict[str, float]] = {}


@pytest.fixture(scope="module", autouse=True)
def report(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    lines = [
        f"{name}: plain {found['plain']:.0f} ns, observed {found['observed']:.0f} ns, "
        f"{found['observed'] - found['plain']:.0f} ns more, ratio {found['ratio']:.3f}"
        for name, found in _results.items()
    ]
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        sys.stdout.write("\n".join(["", *lines, ""]))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"cpus": os.cpu_count(), "turns": TURNS, "results": _results}, indent=2))


def compared(name: str, plain: Batch, observed: Batch) -> dict[str, float]:
    """The best time of one operation of each, in ns, and their ratio."""
    best = {"plain": float("inf"), "observed": float("inf")}
    for _ in range(TURNS):
        for which, batch in (("plain", plain), ("observed", observed)):
            begun = time.perf_counter()
            batch(BATCH)
            best[which] = min(best[which], (time.perf_counter() - begun) / BATCH * 1e9)
    found = _results[name] = {**best, "ratio": best["observed"] / best["plain"]}
    return found


def metrics() -> CacheMetrics:
    return CacheMetrics(cache="bench", backend="local", registry=CollectorRegistry())


def gets(cache: Any) -> Batch:
    """Lookups that hit."""

    def batch(times: int) -> None:
        for _ in range(times):
            cache.get("key")

    return batch


def test_django_locmem(tmp_path_factory: pytest.TempPathFactory) -> None:
    django_site.set_up(tmp_path_factory.mktemp("site"))
    plain, observed = ({"LOCATION": which} for which in ("plain", "observed"))
    with django_site.site(
        plain=django_site.plain("locmem", plain), observed=django_site.observed("locmem", observed, metrics())
    ):
        for alias in ("plain", "observed"):
            caches[alias].set("key", "value" * 10)
        found = compared("Django locmem get", gets(caches["plain"]), gets(caches["observed"]))
    assert found["ratio"] <= 1.30


def test_a_decorated_function() -> None:
    def plain() -> None:
        pass

    def batch(function: Callable[[], None]) -> Batch:
        def calls(times: int) -> None:
            for _ in range(times):
                function()

        return calls

    for what in ("get", "load"):
        decorated = observe(metrics(), what)(plain)
        found = compared(f"decorator on an empty function, {what}", batch(plain), batch(decorated))
        assert found["observed"] - found["plain"] <= 500 * slowness()


def test_dogpile(tmp_path: Path) -> None:
    plain, observed = (make_region().configure("dogpile.cache.memory") for _ in range(2))
    instrument(observed, metrics())
    for region in (plain, observed):
        region.set("key", "value")
    functions = [region.cache_on_arguments()(square) for region in (plain, observed)]
    found = compared("dogpile.cache memory, decorated function", *map(squares, functions))
    # Reported, with no bar: a lookup that is a dict's is faster than the two looks at the clock that time it.
    compared("dogpile.cache memory get_or_create", creations(plain), creations(observed))
    compared("dogpile.cache memory get", gets(plain), gets(observed))
    files = [
        make_region().configure("dogpile.cache.dbm", arguments={"filename": str(tmp_path / name)})
        for name in ("plain", "observed")
    ]
    for region in files:
        region.set("key", "value")
    in_file = compared("dogpile.cache dbm get", gets(files[0]), gets(instrument(files[1], metrics())))
    assert found["ratio"] <= 1.15
    assert in_file["ratio"] <= 1.15


def square(number: int) -> int:
    return number * number


def squares(function: Callable[[int], int]) -> Batch:
    def batch(times: int) -> None:
        for _ in range(times):
            function(3)

    return batch


def creations(region: Any) -> Batch:
    def batch(times: int) -> None:
        for _ in range(times):
            region.get_or_create("key", str)

    return batch


def test_aiocache() -> None:
    loop = asyncio.new_event_loop()

    async def lookups(cache: Any, times: int) -> None:
        for _ in range(times):
            await cache.get("key")

    def batch(cache: Any) -> Batch:
        return lambda times: loop.run_until_complete(lookups(cache, times))

    ratios = {}
    # As it is by default, and without the task that each operation gets to be timed out in.
    for timeout in (5, None):
        plain, observed = (aiocache.SimpleMemoryCache(timeout=timeout) for _ in range(2))
        instrument(observed, metrics())
        for cache in (plain, observed):
            loop.run_until_complete(cache.set("key", "value"))
        found = compared(f"aiocache memory get, timeout={timeout}", batch(plain), batch(observed))
        ratios[timeout] = found["ratio"]
    loop.close()
    assert ratios[5] <= 1.15
