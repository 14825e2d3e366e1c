"""A Prometheus that scrapes itself, and the Alertmanager and the store that are taken away from it; all are real."""

from __future__ import annotations

import itertools
import os
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from stackgen.stack.binaries import Located
from tests.integration.instrument.servers import Server
from tests.integration.packs.reloading import Configured, alertmanager
from tests.integration.packs.system import Fault, Finder, System, nothing
from tests.integration.ports import free_ports
from tests.serving import serving

#: Seconds, in Prometheus's words, of what is written to disk at once: it compacts all the time.
_BLOCK = "10s"

#: Rules by what is wrong with them.
_ALWAYS = {"alert": "Always", "expr": "vector(1)"}
_MANY_TO_MANY = {"record": "many", "expr": "up * on () up"}
#: It steps through days by the second, and is due again at once.
_SLOW = {"record": "slow", "expr": "count_over_time(vector(1)[3d:1s])"}
_AT_ONCE = "10ms"


@contextmanager
def system(folder: Path, binary: Finder) -> Iterator[System]:
    """Prometheus as this machine's release has it."""
    with ExitStack() as stack:
        page = stack.enter_context(serving(_Page(("127.0.0.1", 0), _Answer)))
        watched = _Watched(folder, binary, page.server_port)
        stack.callback(watched.stop)
        watched.start()
        yield System(address=f"127.0.0.1:{watched.port}", use=watched.use, faults=tuple(watched.faults(page)))


class _Page(ThreadingHTTPServer):
    """A target whose one sample has a time of its own, which goes back where `back` is set."""

    back = False
    _steps = itertools.count(1)

    def sample(self) -> bytes:
        age = next(self._steps) if self.back else 0
        return f"sample 1 {int((time.time() - age) * 1000)}\n".encode()

    def go_back(self, back: bool) -> None:
        self.back = back


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Page)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(self.server.sample())

    def log_message(self, *_: object) -> None:
        pass


class _Watched:
    """The Prometheus, and those that it talks to."""

    def __init__(self, folder: Path, binary: Finder, page: int) -> None:
        program = binary("prometheus")
        self.port, notified, store = free_ports(3)
        self._data, self._rules = folder / "data", folder / "rules"
        self._rules.mkdir()
        self._configured = Configured(folder / "prometheus.yml", self.port)
        self._rule("always", _ALWAYS)
        self._settings = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(self._rules / "*.yml")],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{notified}"]}]}]},
            "remote_write": [
                {
                    "url": f"http://127.0.0.1:{store}/api/v1/write",
                    "name": "store",
                    "queue_config": {"batch_send_deadline": "500ms", "max_backoff": "200ms"},
                }
            ],
            "scrape_configs": [
                {"job_name": "itself", "static_configs": [{"targets": [f"127.0.0.1:{self.port}"]}]},
                {"job_name": "page", "static_configs": [{"targets": [f"127.0.0.1:{page}"]}]},
            ],
        }
        words = ["--web.enable-lifecycle", "--rules.alert.resend-delay=1s"]
        words += [f"--storage.tsdb.{which}-block-duration={_BLOCK}" for which in ("min", "max")]
        self._server = _prometheus(program, self._configured.file, self._data, self.port, *words)
        nobody = folder / "alertmanager.yml"
        nobody.write_text("{route: {receiver: nobody}, receivers: [{name: nobody}]}")
        self._alertmanager = alertmanager(binary("alertmanager"), nobody, folder / "alertmanager", notified)
        (folder / "store.yml").write_text("{}")
        stores = partial(_prometheus, program, folder / "store.yml", folder / "store", store)
        self._store, self._refusing = stores("--web.enable-remote-write-receiver"), stores()

    def start(self) -> None:
        self._configured.write(self._settings)
        for server in (self._store, self._alertmanager, self._server):
            server.start()
        self._configured.ready()

    def stop(self) -> None:
        for server in (self._server, self._alertmanager, self._store, self._refusing):
            server.stop()

    def use(self) -> None:
        """A question."""
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?query=up", timeout=30).close()

    def faults(self, page: _Page) -> Iterator[Fault]:
        """What goes wrong in it and around it."""
        yield Fault(
            name="its configuration has a mistake", alerts=("PrometheusConfigurationRefused",),
            begin=partial(self._configure, invented=1), end=self._configure,
        )  # fmt: skip
        yield Fault(
            name="a rule matches many to many", alerts=("PrometheusRulesFailing",),
            begin=partial(self._add_rule, "many", _MANY_TO_MANY), end=partial(self._remove_rule, "many"),
        )  # fmt: skip
        yield Fault(
            name="a rule takes longer than it may", alerts=("PrometheusEvaluationsMissed",),
            begin=partial(self._add_rule, "slow", _SLOW, interval=_AT_ONCE), end=partial(self._remove_rule, "slow"),
        )  # fmt: skip
        yield Fault(
            name="its Alertmanager is gone", alerts=("PrometheusAlertsNotSent", "PrometheusAlertsDropped"),
            begin=self._alertmanager.stop, end=self._alertmanager.start,
        )  # fmt: skip
        yield Fault(
            name="no Alertmanager is named", alerts=("PrometheusWithoutAlertmanager",),
            begin=partial(self._configure, alerting={}), end=self._configure,
        )  # fmt: skip
        yield Fault(
            name="the store is gone", alerts=("PrometheusRemoteWriteStuck",),
            begin=self._store.stop, end=self._refusing.start,
        )  # fmt: skip
        yield Fault(name="the store refuses", alerts=("PrometheusRemoteWriteFailing",), end=self._take_again)
        yield Fault(
            name="a page goes back in time", alerts=("PrometheusSamplesRejected",),
            begin=partial(page.go_back, True), end=partial(page.go_back, False),
        )  # fmt: skip
        # Nothing new can be made in the folder; what is in its own folders there goes on.
        yield Fault(
            name="no block can be written", alerts=("PrometheusCompactionsFailing",),
            begin=partial(self._data.chmod, 0o555), end=partial(self._data.chmod, 0o755),
        )  # fmt: skip
        yield Fault(
            name="it ends", alerts=("PrometheusDown", "PrometheusMetricsMissing"), begin=self._server.stop, use=nothing
        )

    def _configure(self, **changed: object) -> None:
        self._configured.change(self._settings | changed)

    def _rule(self, name: str, rule: dict[str, str], **group: str) -> None:
        groups = [{"name": name, "rules": [rule], **group}]
        (self._rules / f"{name}.yml").write_text(yaml.safe_dump({"groups": groups}), encoding="utf-8")

    def _add_rule(self, name: str, rule: dict[str, str], **group: str) -> None:
        self._rule(name, rule, **group)
        self._configured.reload()

    def _remove_rule(self, name: str) -> None:
        (self._rules / f"{name}.yml").unlink()
        self._configured.reload()

    def _take_again(self) -> None:
        self._refusing.stop()
        self._store.start()


def _prometheus(program: Located, configuration: Path, data: Path, port: int, *words: str) -> Server:
    fixed = [f"--config.file={configuration}", f"--storage.tsdb.path={data}", f"--web.listen-address=127.0.0.1:{port}"]
    if os.geteuid() != 0:
        return Server(program, [*fixed, *words], port)
    # Root may write anywhere; without that leave it heeds the modes of folders as everybody does.
    setpriv = replace(program, path=Path("/usr/bin/setpriv"))
    return Server(setpriv, ["--bounding-set=-dac_override", str(program.path), *fixed, *words], port)
