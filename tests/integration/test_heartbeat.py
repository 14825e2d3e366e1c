"""A heartbeat as somebody outside gets it: from a real Prometheus by way of a real Alertmanager, at its interval."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from stackgen.definition import load
from stackgen.definition.model import Definition
from stackgen.generators import compose, rules
from stackgen.stack.binaries import Located
from tests.integration.instrument.servers import Server
from tests.integration.packs.reloading import alertmanager, give_alert
from tests.integration.ports import free_ports
from tests.serving import serving
from tests.waiting import wait_for

DEFINITION = """\
extends: cache
name: shop
title: Shop
includes: []
stack:
  heartbeat: {url: "http://127.0.0.1:%d/beat", every: 10s}
  evaluation_interval: 1s
"""


class Outside(ThreadingHTTPServer):
    """Somebody who is told: what arrived, by path, with the time."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.arrived: dict[str, list[tuple[float, Any]]] = {}


class _Taking(BaseHTTPRequestHandler):
    server: Outside

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.arrived.setdefault(self.path, []).append((time.monotonic(), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: what matters is kept."""


@pytest.fixture
def outside() -> Iterator[Outside]:
    with serving(Outside()) as server:
        yield server


@pytest.fixture
def definition(tmp_path: Path, outside: Outside) -> Definition:
    path = tmp_path / "shop.yaml"
    path.write_text(DEFINITION % outside.server_port, encoding="utf-8")
    return load(path)


def test_it_arrives_at_its_interval_and_nowhere_else(
    definition: Definition, outside: Outside, binary: Callable[[str], Located], tmp_path: Path
) -> None:
    of_prometheus, of_alertmanager = free_ports(2)
    configuration = yaml.safe_load(compose.generate(definition)["alertmanager/alertmanager.yml"])
    (page,) = next(each for each in configuration["receivers"] if each["name"] == "stack")["webhook_configs"]
    page["url"] = f"http://127.0.0.1:{outside.server_port}/page"  # the stack's own, which does not run here
    (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
    for name, text in rules.generate(definition).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    settings = {
        "global": {"evaluation_interval": "1s"},
        "rule_files": [str(tmp_path / "*.rules.yaml")],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{of_alertmanager}"]}]}]},
    }
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    words = [f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path / 'data'}"]
    words.append("--rules.alert.resend-delay=5s")  # what is told before it knows its Alertmanagers is not lost for long
    with ExitStack() as stack:
        for server in (
            alertmanager(binary("alertmanager"), tmp_path / "alertmanager.yml", tmp_path / "alerts", of_alertmanager),
            Server(binary("prometheus"), [*words, f"--web.listen-address=127.0.0.1:{of_prometheus}"], of_prometheus),
        ):
            stack.callback(server.stop)
            server.start()
        give_alert(of_alertmanager, {"labels": {"alertname": "Other", "severity": "warning"}})
        wait_for("four beats", lambda: len(outside.arrived.get("/beat", ())) >= 4)
        wait_for("another alert at the stack's page", lambda: outside.arrived.get("/page"))
    beats = outside.arrived["/beat"]
    assert all(8 < later - sooner < 14 for (sooner, _), (later, _) in itertools.pairwise(beats)), beats
    assert {alert["labels"]["alertname"] for _, body in beats for alert in body["alerts"]} == {"Watchdog"}
    others = {alert["labels"]["alertname"] for _, body in outside.arrived["/page"] for alert in body["alerts"]}
    assert others == {"Other"}
