"""Definitions of other people's, through the command line: another domain, and one that builds on the shipped one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from stackgen.stack.binaries import Located
from tests.integration.pipeline import run_stackgen

QUEUE = Path(__file__).parents[1] / "definitions" / "job_queue.yaml"


@pytest.fixture
def generate(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a definition and generate everything from it; gives the project."""

    def run(name: str, text: str) -> Path:
        project = tmp_path / name
        project.mkdir()
        (project / "stackgen.yaml").write_text(text, encoding="utf-8")
        run_stackgen(project, dict(os.environ), "generate")
        return project

    return run


def promtool(binary: Callable[[str], Located], *arguments: str) -> None:
    program = binary("promtool")
    done = subprocess.run(
        [program.path, *arguments],
        env=os.environ | dict(program.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


RECORD = """
from prometheus_client import CollectorRegistry, generate_latest
from job_queue import JobQueueMetrics

registry = CollectorRegistry()
metrics = JobQueueMetrics(region="eu", registry=registry)
mail = metrics.labels(queue="mail")
mail.record_started(0.3, size=120)
mail.record_done(1.5)
mail.record_done(2.5)
mail.record_retry()
mail.record_measured(waiting=7, room=100)
metrics.record_failed(0.2, queue="print")
try:
    with metrics.time_run(queue="mail"):
        raise RuntimeError
except RuntimeError:
    pass
print(generate_latest(registry).decode())
"""


def test_another_domain_generates_all_artefacts_and_records(
    generate: Callable[[str, str], Path], binary: Callable[[str], Located]
) -> None:
    project = generate("queue", QUEUE.read_text(encoding="utf-8"))
    promtool(binary, "check", "rules", "--lint=all", "--lint-fatal", str(project / "alerts" / "job_queue.rules.yaml"))
    dashboard = json.loads((project / "dashboards" / "job-queue/overview.json").read_text(encoding="utf-8"))
    assert "Failure ratio" in {panel["title"] for panel in dashboard["panels"]}
    compose = yaml.safe_load((project / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    assert set(compose["services"]) == {"receiver", "alertmanager", "prometheus", "grafana"}

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RECORD],
        cwd=project / "exporters", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(done.stdout)
        for sample in family.samples
    }

    def value(name: str, **labels: str) -> float:
        return samples[f"job_queue_{name}", tuple(sorted({"region": "eu", **labels}.items()))]

    assert value("jobs_total", queue="mail", outcome="done") == 2
    assert value("jobs_total", queue="mail", outcome="failed") == 1
    assert value("jobs_total", queue="print", outcome="failed") == 1
    assert value("run_duration_seconds_sum", queue="mail", outcome="done") == 4
    assert value("payload_bytes_total", queue="mail") == 120
    assert value("retries_total", queue="mail") == 1
    assert value("depth", queue="mail") == 7


def generated(project: Path) -> dict[str, str]:
    """Every generated file that says something (manifests only list the others), without where it came from."""
    return {
        path.relative_to(project).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(project.rglob("*"))
        if path.is_file() and path.name not in ("stackgen.yaml", ".stackgen-manifest")
    }


def test_one_changed_threshold_changes_the_rule_the_panel_and_the_runbook_that_show_it(
    generate: Callable[[str, str], Path],
) -> None:
    base = generated(generate("base", "extends: cache\n"))
    mine = generated(generate("mine", "extends: cache\nalerts: {CacheLatencyHigh: {above: 250ms}}\n"))
    assert base.keys() == mine.keys()
    changed = {path for path in base if base[path] != mine[path]}
    assert changed == {
        "alerts/cache.rules.yaml",
        "alerts/cache.tests.yaml",
        "alerts/runbooks/cache/CacheLatencyHigh.md",
        "alerts/runbooks/cache/README.md",
        *(f"dashboards/cache/{key}.json" for key in ("alerts", "detail", "overview")),
        "exporters/cache.py",  # it carries the alerts, for `watch`
    }
    before, after = rules(base), rules(mine)
    assert [name for name in before if before[name] != after[name]] == ["CacheLatencyHigh"]
    assert "250ms" in mine["alerts/runbooks/cache/CacheLatencyHigh.md"]
    assert "100ms" not in mine["alerts/runbooks/cache/CacheLatencyHigh.md"]
    panels_before, panels_after = panels(base), panels(mine)
    different = [title for title in panels_before if panels_before[title] != panels_after[title]]
    assert "p99 latency" in different
    for title in different:
        assert 0.25 in thresholds(panels_after[title]), title
        assert 0.1 in thresholds(panels_before[title]), title


def rules(files: dict[str, str]) -> dict[str, Any]:
    groups = yaml.safe_load(files["alerts/cache.rules.yaml"])["groups"]
    return {
        rule.get("alert") or f"{rule['record']}{rule.get('labels')}": rule
        for group in groups
        for rule in group["rules"]
    }


def panels(files: dict[str, str]) -> dict[str, Any]:
    dashboard = json.loads(files["dashboards/cache/overview.json"])
    inner = [panel for row in dashboard["panels"] for panel in row.get("panels", [])]
    return {panel["title"]: panel for panel in [*dashboard["panels"], *inner]}


def thresholds(panel: dict[str, Any]) -> list[float | None]:
    """The steps of a panel, those of single columns too."""
    config = panel["fieldConfig"]
    own = [each["value"] for one in config["overrides"] for each in one["properties"] if each["id"] == "thresholds"]
    return [step["value"] for each in (config["defaults"]["thresholds"], *own) for step in each["steps"]]
