"""What stackgen generates from a definition without a fault is without a finding, and so is what is committed here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stackgen.checks.reference_tools import ReferenceTools
from stackgen.checks.running import Request, run
from stackgen.cli import main
from stackgen.definition import packs
from stackgen.stack.binaries import Located
from tests.unit.checks.asking import TODAY

_TESTS = Path(__file__).parents[2]


@pytest.fixture
def tools(binary: Callable[[str], Located]) -> ReferenceTools:
    return ReferenceTools(promtool=binary("promtool"), amtool=binary("amtool"))


def found(definition: str, tools: ReferenceTools) -> list[str]:
    """What is found in everything that is generated from a definition."""
    assert main(["generate", definition]) == 0
    request = Request(paths=["alerts", "dashboards", "compose"], definitions=[definition], today=TODAY, tools=tools)
    return [str(each) for each in run(request).findings]


@pytest.mark.parametrize("pack", packs())
def test_nothing_is_found_in_what_a_pack_becomes(
    pack: str, tools: ReferenceTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert found(pack, tools) == []


def test_nothing_is_found_in_a_users_files_but_what_the_definition_leaves_out(
    tools: ReferenceTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job queue of the tests has alerts without a description and `for`, and an objective beyond its retention."""
    monkeypatch.chdir(tmp_path)
    definition = (_TESTS / "definitions/job_queue.yaml").read_text(encoding="utf-8")
    Path("stackgen.yaml").write_text(definition, encoding="utf-8")
    main(["generate"])
    request = Request(
        paths=["alerts", "dashboards", "compose"], definitions=["stackgen.yaml"], today=TODAY, tools=tools
    )
    ids = {each.id for each in run(request).findings}
    assert ids <= {"rule/annotations-missing", "rule/no-for", "promql/beyond-retention"}


def test_the_definition_tells_what_rules_and_dashboards_there_are_that_are_not_looked_at(
    tools: ReferenceTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "cache", "--only", "dashboards"]) == 0
    board = "dashboards/cache/overview.json"  # reads recordings, and leads to the other dashboards
    request = Request(paths=[board], definitions=["cache"], today=TODAY, tools=tools)
    assert [str(each) for each in run(request).findings] == []
    elsewhere = Request(paths=[board], definitions=["python"], today=TODAY, tools=tools)
    assert {each.id for each in run(elsewhere).findings} >= {"dashboard/links"}


def test_without_a_definition_names_that_anybody_may_have_are_not_taken_for_another_systems(
    tools: ReferenceTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "cache", "--only", "dashboards,rules", "--out", "elsewhere"]) == 0
    report = run(Request(paths=["elsewhere"], definitions=[], today=TODAY, tools=tools))
    assert [str(each) for each in report.findings] == []
