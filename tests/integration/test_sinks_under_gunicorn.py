"""Workers of a real gunicorn that send what they served: each its share, also when they are replaced and at the end."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.ports import free_port
from tests.unit.runtime.sinks.receivers import Receiver, udp
from tests.waiting import wait_until

APP = """
from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime.sinks import Feed, StatsD

metrics = CacheMetrics("sessions", "redis")
Feed(metrics, StatsD(port={port}), every=3600).start()

def app(environ, start_response):
    metrics.record_hit(0.25)
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]
"""


def served(port: int) -> bool:
    """Whether a request is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def hits(receiver: Receiver) -> int:
    """The hits in everything that was sent."""
    counts = [line.split(":") for line in receiver.lines() if line.endswith("|c")]
    assert {name for name, _ in counts} == {"cache.operations.sessions.redis.get.hit"}
    return sum(int(count.removesuffix("|c")) for _, count in counts)


@pytest.mark.parametrize("options", [[], ["--preload"], ["--preload", "--max-requests", "20"]], ids=" ".join)
def test_everything_that_was_served_is_sent_once(options: list[str], tmp_path: Path) -> None:
    with udp() as receiver:
        (tmp_path / "served.py").write_text(APP.format(port=receiver.port))
        port = free_port()
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-w",
            "2",
            "--timeout",
            "120",
            "-b",
            f"127.0.0.1:{port}",
            *options,
            "served:app",
        ]
        environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{Path.cwd()}"}
        with (tmp_path / "log").open("w") as log:
            master = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
        try:
            wait_until(lambda: served(port), "gunicorn answers")
            answered = 1 + sum(served(port) for _ in range(100))
        finally:
            master.terminate()
            master.wait(90)
        assert answered > 50
        assert hits(receiver) == answered, (tmp_path / "log").read_text()
