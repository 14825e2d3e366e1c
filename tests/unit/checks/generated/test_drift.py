"""generated/drift."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from stackgen.checks.running import Request, run
from stackgen.cli import main
from stackgen.commands.generate import plan_generation
from stackgen.project import read_project

ID = "generated/drift"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that is in step."""
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "cache"]) == 0
    return tmp_path


def found() -> list[tuple[str, int, str]]:
    request = Request(paths=(), today=date(2026, 11, 21), only=(ID,), plan=plan_generation(read_project(Path())))
    return [(f.place.file, f.place.line, f.problem) for f in run(request).findings]


def test_what_is_in_step_is_right() -> None:
    assert found() == []


def test_an_edited_a_missing_and_a_superfluous_file_are_found(project: Path) -> None:
    rules = project / "alerts/cache.rules.yaml"
    lines = rules.read_text().split("\n")
    lines[6] = "# edited"
    rules.write_text("\n".join(lines))
    shutil.rmtree(project / "dashboards")
    assert found() == [
        ("alerts/cache.rules.yaml", 7, "differs from what its definition says"),
        *((f"dashboards/alertmanager/{key}.json", 1, "is missing") for key in ("alerts", "server")),
        *((f"dashboards/cache/{key}.json", 1, "is missing") for key in ("alerts", "detail", "overview", "slo")),
        *((f"dashboards/exporter/{key}.json", 1, "is missing") for key in ("alerts", "overview")),
        *((f"dashboards/prometheus/{key}.json", 1, "is missing") for key in ("alerts", "server")),
        *((f"dashboards/redis/{key}.json", 1, "is missing") for key in ("alerts", "server")),
    ]
