"""What a project generates: its pyproject.toml, its stackgen.yaml, or the default pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.project import read_project


def write(folder: Path, settings: str) -> Path:
    (folder / "pyproject.toml").write_text(settings)
    return folder


def test_a_directory_without_anything_is_a_project_of_the_cache_pack(tmp_path: Path) -> None:
    project = read_project(tmp_path)
    assert project.definitions == ("cache",)
    assert project.exporters == "exporters"


def test_a_definition_of_its_own_comes_before_the_pack(tmp_path: Path) -> None:
    (tmp_path / "stackgen.yaml").write_text("stackgen: 1\n")
    assert read_project(tmp_path).definitions == ("stackgen.yaml",)


def test_settings_come_before_both(tmp_path: Path) -> None:
    (tmp_path / "stackgen.yaml").write_text("stackgen: 1\n")
    write(tmp_path, '[tool.stackgen]\ndefinitions = ["shop.yaml", "redis"]\nexporters = "shop/metrics"\n')
    project = read_project(tmp_path)
    assert project.definitions == ("shop.yaml", "redis")
    assert project.exporters == "shop/metrics"


@pytest.mark.parametrize("text", ["", "[project]\nname = 'shop'\n", "[tool.ruff]\nline-length = 100\n"])
def test_a_pyproject_that_says_nothing_of_stackgen_changes_nothing(tmp_path: Path, text: str) -> None:
    assert read_project(write(tmp_path, text)).definitions == ("cache",)


def test_this_repository_generates_the_cache_pack_into_the_package() -> None:
    project = read_project(Path(__file__).parents[2])
    assert project.definitions[0] == "stackgen/packs/cache.yaml"
    assert project.exporters == "stackgen/exporters"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[tool.stackgen]\ndefinition = ['a']\n", "no such setting; did you mean 'definitions'?"),
        ("[tool.stackgen]\ncolour = 1\n", "no such setting; known: definitions, exporters, skip"),
        ("[tool.stackgen\n", "is not valid TOML"),
        ("tool = {stackgen = 'x'}\n", "has to be a table"),
        ("[tool.stackgen]\ndefinitions = 'cache'\n", "is not a list of packs and paths"),
        ("[tool.stackgen]\ndefinitions = []\n", "is not a list of packs and paths"),
        ("[tool.stackgen]\ndefinitions = ['cache', 1]\n", "is not a list of packs and paths"),
        ("[tool.stackgen]\nskip = 'rule/no-for'\n", "is not a list of checks"),
        ("[tool.stackgen]\nskip = [1]\n", "is not a list of checks"),
        ("[tool.stackgen]\nexporters = 1\n", "is not a folder inside the project"),
        ("[tool.stackgen]\nexporters = ''\n", "is not a folder inside the project"),
        ("[tool.stackgen]\nexporters = '/etc'\n", "is not a folder inside the project"),
        ("[tool.stackgen]\nexporters = '../other'\n", "is not a folder inside the project"),
    ],
)
def test_settings_that_make_no_sense_are_one_clear_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(StackgenError) as raised:
        read_project(write(tmp_path, text))
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "pyproject.toml" in str(raised.value)


def test_a_pyproject_that_is_no_text_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(StackgenError, match="is not valid TOML"):
        read_project(tmp_path)


def test_a_pyproject_that_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").mkdir()
    with pytest.raises(StackgenError, match="cannot be read: Is a directory"):
        read_project(tmp_path)
