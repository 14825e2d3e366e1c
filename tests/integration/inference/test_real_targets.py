"""What `stackgen infer` writes of real systems is right, generates, and shows something in every panel."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stackgen.cli import main
from stackgen.definition import load
from stackgen.stack.binaries import Located
from tests.integration.inference.scene import Scene, scene
from tests.integration.pipeline import panel_queries

JOBS = ("prometheus", "alertmanager", "node", "redis", "django", "cache")


@pytest.fixture(scope="module")
def running(binary: Callable[[str], Located], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(binary, tmp_path_factory.mktemp("scene")) as made:
        yield made


@pytest.fixture(scope="module")
def inferred(running: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a definition of each page of metrics, and what is generated from it below a folder of its own.

    Prometheus evaluates what is recorded for their dashboards.
    """
    folder = tmp_path_factory.mktemp("inferred")

    def infer(job: str) -> int:
        words = ["infer", running.pages[job], "--window", "4s", "--out", str(folder / f"{job}.yaml")]
        return main(words) or main(["generate", str(folder / f"{job}.yaml"), "--out", str(folder / job)])

    with ThreadPoolExecutor(len(JOBS)) as pool:
        assert list(pool.map(infer, JOBS)) == [0] * len(JOBS)
    running.run_rules(sorted(folder.glob("*/alerts/*.dashboards.rules.yaml")))
    return folder


@pytest.mark.parametrize("job", JOBS)
def test_every_panel_has_data(running: Scene, inferred: Path, job: str) -> None:
    assert load(inferred / f"{job}.yaml").stack.jobs == (job,)
    boards = sorted((inferred / job / "dashboards" / job).glob("*.json"))
    boards = [each for each in boards if each.stem != "alerts"]  # what fires: nothing does, and no alerts run
    panels = [each for board in boards for each in panel_queries(json.loads(board.read_text()))]
    assert len(panels) > 5
    end = time.time()
    empty = [
        f"{panel.title}: {expr}"
        for panel in panels
        for expr in panel.expressions
        if not running.has_data(expr.replace('job=~".+"', f'job="{job}"'), end - 60, end)
    ]
    assert empty == []


@pytest.mark.parametrize("job", JOBS)
def test_the_rules_pass_promtool_and_their_tests(
    inferred: Path, job: str, binary: Callable[[str], Located]
) -> None:  # fmt: skip
    alerts = inferred / job / "alerts"
    promtool = binary("promtool")
    rules = map(str, alerts.glob("*.rules.yaml"))
    checked = promtool.run("check", "rules", "--lint=all", "--lint-fatal", *rules, seconds=120)
    assert checked.returncode == 0, checked.stderr
    tested = promtool.run("test", "rules", *map(str, alerts.glob("*.tests.yaml")), seconds=280)
    assert tested.returncode == 0, tested.stderr


@pytest.mark.parametrize("job", JOBS)
def test_the_page_agrees_with_what_was_inferred_of_it(
    running: Scene, inferred: Path, job: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["verify", running.pages[job], "--definition", str(inferred / f"{job}.yaml"), "--format", "json"]
    assert main(words) == 0
    report = json.loads(capsys.readouterr().out)
    assert [each for each in report["findings"] if each["level"] != "info"] == []
    (coverage,) = report["coverage"]
    assert coverage["values"]["share"] > 0.9
    assert coverage["metrics"]["declared"] == len(load(inferred / f"{job}.yaml").metrics)


def test_known_pairs_become_ratios(inferred: Path) -> None:
    expected = {
        "prometheus": {"http_requests_success_ratio", "notifications_error_ratio", "rule_evaluation_failure_ratio"},
        "alertmanager": {"notifications_failed_ratio", "notification_requests_failed_ratio"},
        "node": {"filesystem_avail_share", "memory_mem_available_share", "filefd_allocated_share"},
        "redis": {"keyspace_hit_ratio", "memory_used_share"},
        "django": {"cache_get_hit_ratio", "cache_get_fail_ratio", "http_responses_total_by_status_success_ratio"},
        "cache": {"operations_hit_ratio", "error_ratio"},
    }
    for job, ratios in expected.items():
        assert ratios - set(load(inferred / f"{job}.yaml").signals) == set(), job


def test_what_prometheus_knows_of_a_job_gives_the_same_metrics(
    running: Scene, inferred: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "node.yaml"
    assert main(["infer", running.prometheus, "--job", "node", "--out", str(out)]) == 0
    page, asked = load(inferred / "node.yaml"), load(out)
    assert asked.stack.jobs == ("node",)
    assert {each.exposed: each.type for each in asked.metrics.values()} == {
        each.exposed: each.type for each in page.metrics.values()
    }
    assert asked.signals.keys() == page.signals.keys()
    capsys.readouterr()
    words = ["verify", running.prometheus, "--job", "node", "--definition", str(out), "--window", "1m"]
    assert main([*words, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["coverage"][0]["moved"] > 10


def test_of_several_jobs_one_has_to_be_named(running: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["infer", running.prometheus]) == 2
    assert capsys.readouterr().err == (
        f"{running.prometheus}: is a Prometheus and knows the jobs {', '.join(sorted(JOBS))}; "
        f"name one with --job, or name {running.prometheus}/metrics for its own metrics\n"
    )
