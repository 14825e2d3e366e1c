"""What the wrapper of redis-py costs a lookup on loopback, where a lookup is as fast as it can be.

Two processes, one with a plain and one with an observed client, take turns in short batches, so that a busy moment of
the machine meets both; the ratio is of their medians. On an idle machine the server runs beside the client and has to
be woken up; on a busy one both share a processor, a lookup takes half the time, and the same cost is twice the share.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.integration.instrument.programs import program
from tests.integration.instrument.servers import redis_server, running

RUNS = int(os.environ.get("STACKGEN_BENCH_RUNS", "5"))
TURNS = 300
BAR = 1.03
RESULTS = Path(".benchmarks/instrument-redis.json")

_results: dict[str, dict[str, float]] = {}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    server = redis_server(program("redis-server"), tmp_path_factory.mktemp("redis"))
    with running(server):
        with redis.Redis(port=server.port) as client:
            client.set("key", "value")
        yield server.port


@pytest.fixture(scope="module", autouse=True)
def report(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    lines = [
        f"redis-py GET, {kind}: plain {found['plain']:.1f} us, observed {found['observed']:.1f} us, "
        f"ratio {found['ratio']:.3f} (bar {BAR})"
        for kind, found in _results.items()
    ]
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        sys.stdout.write("\n".join(["", *lines, ""]))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"cpus": os.cpu_count(), "runs": RUNS, "bar": BAR, "results": _results}, indent=2))


def one_run(kind: str, port: int) -> dict[str, float]:
    """The medians of both, in microseconds."""
    command = [sys.executable, "-m", "tests.benchmarks.redis_client", kind]
    clients = {
        how: subprocess.Popen(
            [*command, how, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        for how in ("plain", "observed")
    }
    taken: dict[str, list[float]] = {how: [] for how in clients}
    for _ in range(TURNS):
        for how, client in clients.items():
            assert client.stdin is not None
            assert client.stdout is not None
            client.stdin.write("\n")
            taken[how].append(float(client.stdout.readline()) * 1e6)
    for client in clients.values():
        client.communicate()
        assert client.returncode == 0
    return {how: statistics.median(values) for how, values in taken.items()}


@pytest.mark.parametrize("kind", ["sync", "asyncio"])
def test_a_lookup(kind: str, port: int) -> None:
    runs = [one_run(kind, port) for _ in range(RUNS)]
    found = {how: statistics.median(run[how] for run in runs) for how in ("plain", "observed")}
    found["ratio"] = statistics.median(run["observed"] / run["plain"] for run in runs)
    _results[kind] = found
    assert found["ratio"] <= BAR
