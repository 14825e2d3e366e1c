"""The programs that definitions are inferred of, all real, with traffic, and one Prometheus that scrapes them all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import redis
import yaml
from prometheus_client import CollectorRegistry, start_http_server

from stackgen.exporters.cache import CacheMetrics
from stackgen.stack.binaries import Located
from tests.integration.instrument.servers import redis_server, running
from tests.integration.pipeline import get_json
from tests.integration.ports import free_port
from tests.waiting import wait_for

#: Seconds between two scrapes, and between two rounds of traffic.
EVERY = 1


@dataclass(frozen=True)
class Scene:
    """Where everything is: pages of metrics by the name of their job."""

    prometheus: str
    pages: dict[str, str]
    #: The file with the rules of Prometheus.
    rules: Path

    def query(self, expr: str) -> list[dict[str, Any]]:
        """An instant query."""
        url = f"{self.prometheus}/api/v1/query?{urllib.parse.urlencode({'query': expr})}"
        result: list[dict[str, Any]] = get_json(url)["data"]["result"]
        return result

    def has_data(self, expr: str, start: float, end: float) -> bool:
        """Whether a graph of the expression from `start` to `end` shows anything."""
        parameters = {"query": expr, "start": start, "end": end, "step": "2"}
        answer = get_json(f"{self.prometheus}/api/v1/query_range?{urllib.parse.urlencode(parameters)}")
        return any(value != "NaN" for each in answer["data"]["result"] for _, value in each["values"])

    def run_rules(self, files: Iterable[Path]) -> None:
        """Prometheus evaluates the rules as often as it scrapes; each of them has been evaluated without an error.

        They join the group that is there from the start: with groups of their own they would wait for a minute, in
        which nothing is to be seen, and Prometheus would no longer expose what was inferred of it.
        """
        groups = [group for file in files for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]]
        _write_rules(self.rules, [rule for group in groups for rule in group["rules"]])
        # It answers when what it was told is in force, and refuses rules that are wrong.
        urllib.request.urlopen(urllib.request.Request(f"{self.prometheus}/-/reload", method="POST"), timeout=60).close()
        wait_for("every rule was evaluated", self._rules_ran)

    def _rules_ran(self) -> bool:
        (group,) = get_json(f"{self.prometheus}/api/v1/rules")["data"]["groups"]
        assert [rule for rule in group["rules"] if rule.get("lastError")] == []
        return all(rule["health"] == "ok" for rule in group["rules"])


class _Taker(BaseHTTPRequestHandler):
    """Takes Alertmanager's notifications."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@contextmanager
def scene(binary: Callable[[str], Located], folder: Path) -> Iterator[Scene]:
    """Everything runs and has been scraped for a while."""
    with ExitStack() as stack:
        cache = redis_server(binary("redis-server"), folder)
        stack.enter_context(running(cache))
        taker = ThreadingHTTPServer(("127.0.0.1", 0), _Taker)
        stack.callback(taker.server_close)
        stack.callback(taker.shutdown)
        Thread(target=taker.serve_forever, daemon=True).start()
        metrics_registry = CollectorRegistry()
        metrics = CacheMetrics(cache="sessions", backend="redis", registry=metrics_registry)
        server, _ = start_http_server(0, "127.0.0.1", metrics_registry)
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        (folder / "alertmanager.yml").write_text(
            "route: {receiver: taker, group_wait: 1s, group_interval: 1s, repeat_interval: 1s}\n"
            f"receivers: [{{name: taker, webhook_configs: [{{url: 'http://127.0.0.1:{taker.server_port}/'}}]}}]\n"
        )
        ports = {each: free_port() for each in ("prometheus", "alertmanager", "node", "redis")}
        _start(
            stack, folder, binary("alertmanager"), f"--config.file={folder}/alertmanager.yml",
            f"--storage.path={folder}/alertmanager", f"--web.listen-address=127.0.0.1:{ports['alertmanager']}",
            "--cluster.listen-address=",
        )  # fmt: skip
        # Containers of other tests come and go, and their interfaces with them.
        containers = "^(veth|br-|docker).*"
        _start(
            stack, folder, binary("node-exporter"), f"--web.listen-address=127.0.0.1:{ports['node']}",
            f"--collector.netclass.ignored-devices={containers}", f"--collector.netdev.device-exclude={containers}",
        )  # fmt: skip
        _start(
            stack, folder, binary("redis-exporter"), f"-web.listen-address=127.0.0.1:{ports['redis']}",
            f"-redis.addr=redis://127.0.0.1:{cache.port}",
        )  # fmt: skip
        pages = {**ports, "django": _django(stack), "cache": server.server_address[1]}
        _write_configuration(folder, pages)
        _start(
            stack, folder, binary("prometheus"), f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{ports['prometheus']}",
            "--web.enable-lifecycle",
        )  # fmt: skip
        made = Scene(
            f"http://127.0.0.1:{ports['prometheus']}",
            {job: f"http://127.0.0.1:{port}/metrics" for job, port in pages.items()},
            folder / "rules.yaml",
        )
        _keep_busy(stack, made, metrics, redis.Redis(port=cache.port))
        wait_for(
            "every target was scraped ten times",
            lambda: len(made.query("count_over_time(up[1m]) >= 10 and up == 1")) == len(pages),
            seconds=120,
        )
        yield made


def _start(stack: ExitStack, folder: Path, program: Located, *words: str) -> None:
    with (folder / f"{program.path.name}.log").open("w") as log:
        process = subprocess.Popen(
            [str(program.path), *words],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            cwd=program.directory, env={**os.environ, **program.environment},
        )  # fmt: skip
    stack.callback(process.wait)
    stack.callback(process.kill)


def _django(stack: ExitStack) -> int:
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("django_site.py"))], stdout=subprocess.PIPE, text=True
    )
    stack.callback(process.wait)
    stack.callback(process.kill)
    assert process.stdout is not None
    stack.callback(process.stdout.close)
    return int(process.stdout.readline())


def _write_configuration(folder: Path, ports: dict[str, int]) -> None:
    scrapes = [{"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]} for job, port in ports.items()]
    _write_rules(folder / "rules.yaml", [])
    alerting = {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{ports['alertmanager']}"]}]}]}
    configuration = {
        "global": {"scrape_interval": f"{EVERY}s", "evaluation_interval": f"{EVERY}s"},
        "rule_files": [f"{folder}/rules.yaml"],
        "alerting": alerting,
        "scrape_configs": scrapes,
    }
    (folder / "prometheus.yml").write_text(json.dumps(configuration))


def _write_rules(file: Path, more: list[dict[str, str]]) -> None:
    """One group: an alert that always fires, and more."""
    rules = [{"alert": "Always", "expr": "vector(1)"}, *more]
    file.write_text(json.dumps({"groups": [{"name": "always", "rules": rules}]}))


def _keep_busy(stack: ExitStack, made: Scene, metrics: CacheMetrics, client: redis.Redis) -> None:
    """Traffic at everything that counts some, until the scene is over."""
    over = Event()
    django = made.pages["django"].removesuffix("/metrics")

    def rounds() -> None:
        while not over.wait(EVERY / 4):
            client.set("there", 1)
            client.get("there")
            client.get("missing")
            metrics.record_hit(0.0004)
            metrics.record_miss(0.002)
            metrics.record_error(0.1, "get", "timeout")
            for url in (f"{django}/page", made.pages["alertmanager"].replace("/metrics", "/api/v2/status")):
                urllib.request.urlopen(url, timeout=10).close()

    thread = Thread(target=rounds)
    thread.start()
    stack.callback(client.close)
    stack.callback(thread.join)
    stack.callback(over.set)
