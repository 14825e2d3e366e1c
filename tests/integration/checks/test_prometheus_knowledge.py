"""What `stackgen check --prometheus URL` learns from a Prometheus that runs and scrapes a real exporter."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from stackgen.checks.known.from_prometheus import ask
from stackgen.cli import main
from stackgen.findings import StackgenError
from stackgen.stack.binaries import Located
from tests.integration.ports import free_port
from tests.unit.checks.asking import alert


@pytest.fixture(scope="module")
def prometheus(binary: Callable[[str], Located], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prometheus that has scraped an exporter."""
    registry = CollectorRegistry()
    Counter("shop_orders", "Orders.", ["country"], registry=registry).labels("at").inc()
    Gauge("shop_queue_length", "Orders that wait.", registry=registry).set(3)
    Histogram("shop_duration_seconds", "Time.", buckets=[0.1, 1], registry=registry).observe(0.5)
    server, _ = start_http_server(0, "127.0.0.1", registry)
    folder = tmp_path_factory.mktemp("prometheus")
    target = f"127.0.0.1:{server.server_address[1]}"
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s}\n"
        f"scrape_configs: [{{job_name: shop, static_configs: [{{targets: ['{target}']}}]}}]\n"
    )
    program, address = binary("prometheus"), f"127.0.0.1:{free_port()}"
    command = [str(program.path), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    command += [f"--web.listen-address={address}", "--storage.tsdb.retention.time=20d"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=program.directory, env={**os.environ, **program.environment}
        )
    try:
        wait_for_samples(f"http://{address}", folder / "log")
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=30)
        server.shutdown()
        server.server_close()


def wait_for_samples(url: str, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/api/v1/query?query=shop_orders_total", timeout=5) as answer:
                if json.load(answer)["data"]["result"]:
                    return
        except OSError:
            pass  # not up yet
        time.sleep(0.2)
    pytest.fail(f"Prometheus has no samples after a minute:\n{log.read_text()}")


def test_types_labels_interval_and_retention_are_learnt(prometheus: str) -> None:
    known = ask(prometheus, ["shop_orders_total", "shop_duration_seconds_bucket"])
    assert known.counter("shop_orders_total") is True
    assert known.counter("shop_queue_length") is False
    assert known.counter("shop_duration_seconds_sum") is True
    assert known.exists("shop_orders") is False
    orders, buckets = known.find("shop_orders_total"), known.find("shop_duration_seconds_bucket")
    assert orders is not None
    assert buckets is not None
    assert orders.labels == frozenset({"__name__", "job", "instance", "country"})
    assert buckets.labels == frozenset({"__name__", "job", "instance", "le"})
    assert (known.scrape_interval, known.retention) == (1.0, 20 * 86400.0)


def test_the_command_finds_what_only_prometheus_can_know(
    prometheus: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = {
        "promql/unknown-metric": "increase(shop_order_total[5m]) > 1",
        "promql/unknown-label": 'increase(shop_orders_total{land="at"}[5m]) > 1',
        "promql/rate-of-gauge": "rate(shop_queue_length[5m]) > 1",
        "promql/short-range": "rate(shop_orders_total[3s]) > 1",
        "promql/beyond-retention": "max_over_time(shop_queue_length[3w]) > 1",
    }
    for check, expr in wrong.items():
        Path("rules.yaml").write_text(alert(expr))
        assert main(["check", "rules.yaml", "--no-tools", "--prometheus", prometheus, "--format", "json"]) == 1
        assert [each["id"] for each in json.loads(capsys.readouterr().out)["findings"]] == [check]
    Path("rules.yaml").write_text(alert('sum by (country) (rate(shop_orders_total{country="at"}[5m])) > 1'))
    assert main(["check", "rules.yaml", "--no-tools", "--prometheus", prometheus]) == 0


class _Silent(BaseHTTPRequestHandler):
    """Answers everything with what the server was told."""

    body = b""
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, b"<html>", "answers no JSON to /api/v1/label/__name__/values; is it a Prometheus?"),
        (200, b'{"data": {}}', "does not answer as Prometheus does; name its address, http://HOST:9090"),
        (200, b"[]", "does not answer as Prometheus does; name its address, http://HOST:9090"),
        (404, b"", "answers 404 to /api/v1/label/__name__/values; is it a Prometheus?"),
    ],
)
def test_what_is_no_prometheus_is_said_in_one_line(status: int, body: bytes, message: str) -> None:
    handler = type("Handler", (_Silent,), {"status": status, "body": body})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(StackgenError) as error:
            ask(url, [])
        server.shutdown()
    assert str(error.value) == f"{url}: {message}"
