"""file/unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.checks.running import Request, run
from tests.unit.checks.asking import TODAY, files

ID = "file/unknown"


def found(name: str, text: str) -> list[str]:
    return [each.problem for each in files(ID, {name: text})]


def test_what_was_named_and_is_nothing_known_is_found() -> None:
    assert found("x.yaml", "hello: world") == ["YAML that is nothing stackgen knows"]
    assert found("x.yaml", "- 1") == ["YAML that is nothing stackgen knows"]
    assert found("x.yaml", "") == ["an empty file"]
    assert found("x.json", "[1]") == ["JSON that is no dashboard"]


def test_tests_providers_and_compose_files_are_known() -> None:
    assert found("x.yaml", "rule_files: [a]\ntests: []") == found("x.yaml", "services: {}") == []


def test_in_folders_it_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("values.yaml").write_text("hello: world")
    Path("package.json").write_text("{}")
    assert run(Request(paths=["."], today=TODAY)).findings == ()
