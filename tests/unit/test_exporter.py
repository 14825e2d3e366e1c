"""The generated exporter module: typed, formatted, the same bytes every time, and checked before it is written."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stackgen.definition import load
from stackgen.definition.model import Definition
from stackgen.findings import StackgenError
from stackgen.generators.exporter import generate
from tests.unit.runtime.exporters import JOB_QUEUE, exporter_class

PLAIN = """\
stackgen: 1
name: plain
title: Plain
metrics: {ticks: {type: counter, help: Ticks.}}
events: {tick: {count: ticks}}
"""
SOURCES = ["cache", str(JOB_QUEUE)]


def module(definition: Definition) -> str:
    (text,) = generate(definition).values()
    return text


def test_a_definition_without_labels_records(tmp_path: Path) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(PLAIN, encoding="utf-8")
    registry = CollectorRegistry()
    metrics: Any = exporter_class(path)(registry=registry)
    metrics.record_tick()
    assert registry.get_sample_value("plain_ticks_total") == 1


@pytest.fixture(params=SOURCES)
def text(request: pytest.FixtureRequest) -> str:
    return module(load(request.param))


def test_it_is_the_same_every_time(text: str) -> None:
    assert text in {module(load(source)) for source in SOURCES}


def test_it_is_as_ruff_formats_it_and_finds_nothing(text: str, tmp_path: Path) -> None:
    path = tmp_path / "exporter.py"
    path.write_text(text)
    settings = ["--config", str(Path("pyproject.toml").absolute())]
    for command in (["format", "--check"], ["check"]):
        ended = subprocess.run([sys.executable, "-m", "ruff", *command, *settings, str(path)], check=False,
                               capture_output=True, text=True)  # fmt: skip
        assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("imports", ["normal", "skip"])
def test_mypy_strict_finds_nothing_with_and_without_the_engines_source(text: str, imports: str, tmp_path: Path) -> None:
    path = tmp_path / "exporter.py"
    path.write_text(text)
    options = ["--strict", "--config-file=", "--cache-dir", str(tmp_path / "cache"), f"--follow-imports={imports}"]
    options += ["--ignore-missing-imports"] if imports == "skip" else []
    ended = subprocess.run([sys.executable, "-m", "mypy", *options, str(path)], check=False,
                           capture_output=True, text=True)  # fmt: skip
    assert ended.returncode == 0, ended.stdout


def test_it_imports_the_engine_and_the_standard_library_alone(text: str) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(text))
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom)
            else [each.name for each in node.names] if isinstance(node, ast.Import) else []
        )
    }  # fmt: skip
    assert {name.split(".")[0] for name in imported if name} - sys.stdlib_module_names == {"stackgen"}
    assert "from stackgen import runtime" in text


def test_the_engine_imports_prometheus_client_and_the_standard_library_alone() -> None:
    program = (
        "import sys; import stackgen.exporters.cache, stackgen.runtime.shared;"
        "print(*sorted({name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names));"
        "print(*sorted(name for name in sys.modules if name.startswith('stackgen.')"
        " and not name.startswith(('stackgen.runtime', 'stackgen.exporters'))))"
    )
    first, second = subprocess.check_output([sys.executable, "-S", "-c", program], text=True,
                                            env={"PYTHONPATH": ":".join(sys.path)}).splitlines()  # fmt: skip
    assert set(first.split()) <= {"prometheus_client", "stackgen", "__main__"}
    assert not second


def test_it_says_what_it_came_from_and_how_to_make_it_again(text: str) -> None:
    head = text.split('"""', maxsplit=1)[0]
    assert "Made by stackgen from" in head
    assert "stackgen generate" in head


def test_no_events_no_exporter() -> None:
    assert generate(replace(load("cache"), events={})) == {}


def test_every_event_signal_and_gauge_has_its_place() -> None:
    definition = load("cache")
    found = {
        node.name: {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
        for node in ast.parse(module(definition)).body
        if isinstance(node, ast.ClassDef)
    }
    methods = found["CacheMetrics"]
    assert {f"record_{event}" for event in definition.events} <= methods
    assert {"set_size", "inc_size", "dec_size", "set_size_function", "time_get", "time_load"} <= methods
    assert {"snapshot", "reset"} <= methods
    assert found["GetTimer"] == {"hit", "miss", "stale", "error"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            ("region:", "seconds:"),
            None,
        ),
        (("queue: {max", "class: {max"), None),
        (
            ("count: {payload: size}", "count: {payload: seconds}"),
            "events.started: the parameter 'seconds' would stand",
        ),
        (("  depth: {title", "  index: {title"), "signals.index: 'index' cannot be a snapshot's field"),
    ],
)
def test_names_that_python_cannot_have(changed: tuple[str, str], message: str | None, tmp_path: Path) -> None:
    text = JOB_QUEUE.read_text()
    if changed[0] == "queue: {max":
        text = text.replace("queue", "class").replace("job_class", "job_queue")
    else:
        text = text.replace(*changed)
    text = text[: text.index("\nalerts:")]
    path = tmp_path / "definition.yaml"
    path.write_text(text)
    if message is None:
        compile(module(load(str(path))), "exporter.py", "exec")
        return
    with pytest.raises(StackgenError, match=message):
        generate(load(str(path)))


BATCHES = """\
stackgen: 1
name: batches
title: Batches
metrics:
  run_duration: {type: histogram, unit: seconds, help: Time of a run., buckets: [1, 10]}
  batch_size: {type: histogram, unit: items, help: Articles in a batch., buckets: [1, 10]}
  attempts: {type: histogram, help: Attempts that a run took., buckets: [1, 2]}
events:
  run: {observe: run_duration}
  batch: {observe: batch_size}
  attempt: {observe: attempts}
"""


def test_only_histograms_of_seconds_have_timers(tmp_path: Path) -> None:
    path = tmp_path / "batches.yaml"
    path.write_text(BATCHES)
    methods = {node.name for node in ast.walk(ast.parse(module(load(path)))) if isinstance(node, ast.FunctionDef)}
    assert {name for name in methods if name.startswith("time_")} == {"time_run"}
    assert {"record_run", "record_batch", "record_attempt"} <= methods
