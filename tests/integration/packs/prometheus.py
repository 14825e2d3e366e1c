"""One real Prometheus for the proofs of all packs: it scrapes and evaluates every second."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import urllib.error
import urllib.parse
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from stackgen.stack.binaries import Located
from tests.integration.packs.reloading import is_ready, reload
from tests.integration.pipeline import get_json
from tests.integration.ports import free_ports
from tests.waiting import wait_for


class PackPrometheus:
    """The Prometheus, and the questions put to it; packs join it while it runs, from any thread."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._url = f"http://127.0.0.1:{port}"
        self._joining = threading.Lock()

    def join(self, job: str, address: str, path: str, rules: Mapping[str, str]) -> None:
        """Scrape an endpoint from now on, and evaluate rules (texts by file name)."""
        target = [{"targets": [address], "labels": {"job": job, "__metrics_path__": path}}]
        with self._joining:
            for name, text in rules.items():
                (self._folder / "rules" / name).write_text(text, encoding="utf-8")
            (self._folder / "targets" / f"{job}.json").write_text(json.dumps(target), encoding="utf-8")
            refusal = reload(self._url)
            assert refusal is None, f"the rules of {job}: {refusal}"

    def query(self, expr: str) -> list[dict[str, Any]]:
        """The samples of an instant query; fails if Prometheus refuses it."""
        samples: list[dict[str, Any]] = self._ask("query", query=expr)["result"]
        return samples

    def series(self, selector: str) -> list[dict[str, str]]:
        """The labels of all series of a selector, those that have ended too."""
        series: list[dict[str, str]] = self._ask("series", **{"match[]": selector})
        return series

    def types(self, job: str) -> dict[str, str]:
        """The types of a target's metric families, by name, as of its last scrape."""
        families = self._ask("targets/metadata", match_target=f'{{job="{job}"}}')
        return {family["metric"]: family["type"] for family in families}

    def firing(self, job: str) -> set[str]:
        """The names of a job's alerts that fire; those of objectives are not of one job and are all there."""
        return {sample["metric"]["alertname"] for sample in self.query(f'ALERTS{{alertstate="firing", job=~"{job}|"}}')}

    def broken_rules(self, files: Collection[str]) -> list[str]:
        """Every rule of the files whose last evaluation failed, and why."""
        groups = self._ask("rules")["groups"]
        return [
            f"{rule['name']}: {rule['lastError']}"
            for group in groups
            for rule in group["rules"]
            if Path(group["file"]).name in files and rule.get("lastError")
        ]

    def ready(self) -> bool:
        """Whether it takes questions."""
        return is_ready(self._url)

    def _ask(self, path: str, **parameters: str) -> Any:
        url = f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            return get_json(url)["data"]
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 404:  # no target has metadata yet
                    return []
                raise AssertionError(f"{parameters}: {error.read().decode()}") from None


@contextmanager
def running_prometheus(folder: Path, program: Located) -> Iterator[PackPrometheus]:
    """Start it on a free port, and end it after the body."""
    (port,) = free_ports(1)
    for name in ("rules", "targets", "data"):
        (folder / name).mkdir()
    configuration = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(folder / "rules" / "*.yaml")],
        "scrape_configs": [
            {"job_name": "packs", "file_sd_configs": [{"files": [str(folder / "targets" / "*.json")]}]},
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(program.path),
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--web.enable-lifecycle",
            ],
            cwd=program.directory, env={**os.environ, **program.environment}, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    running = PackPrometheus(folder, port)
    try:
        wait_for("Prometheus is ready", running.ready, seconds=120)
        yield running
    finally:
        process.terminate()
        process.wait()
