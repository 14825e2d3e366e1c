"""tool/promtool-config."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stackgen.checks.reference_tools import ReferenceTools
from stackgen.checks.running import Request, run
from stackgen.stack.binaries import Located
from tests.unit.checks.asking import TODAY

ID = "tool/promtool-config"


Found = Callable[[str], list[str]]


@pytest.fixture
def found(binary: Callable[[str], Located], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Found:
    """The problems of a configuration."""
    tools = ReferenceTools(promtool=binary("promtool"))
    monkeypatch.chdir(tmp_path)

    def problems(text: str) -> list[str]:
        Path("prometheus.yml").write_text(text)
        request = Request(paths=["prometheus.yml"], today=TODAY, tools=tools)
        return [each.problem for each in run(request).findings]

    return problems


def test_what_promtool_refuses_is_told(found: Found) -> None:
    (problem,) = found("global: {scrape_interval: often}\nrule_files: []\n")
    assert problem.startswith("promtool: ")
    assert "often" in problem


def test_what_promtool_takes_is_right(found: Found) -> None:
    assert found("global: {scrape_interval: 15s}\nrule_files: [/nowhere/*.yaml]\n") == []
