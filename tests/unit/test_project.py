"""What a project generates: its pyproject.toml, its stackgen.yaml, or the default pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.cli import main
from stackgen.findings import StackgenError
from stackgen.project import read_project

SHOP = """\
stackgen: 1
name: shop
title: Shop
metrics: {jobs: {type: counter, help: Jobs that ended.}}
events: {done: {count: jobs}}
signals: {throughput: {title: Jobs, description: Jobs that ended., rate: {of: jobs}}}
stack: {jobs: [shop]}
"""


def write(folder: Path, settings: str) -> Path:
    (folder / "pyproject.toml").write_text(settings)
    return folder


def test_a_directory_without_anything_is_a_project_of_the_cache_pack(tmp_path: Path) -> None:
    project = read_project(tmp_path)
    assert project.definitions == ("cache",)
    assert project.exporters == "exporters"


def test_that_the_pack_is_assumed_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["validate"]) == 0
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith("no stackgen.yaml here and no definitions in pyproject.toml: taking the pack cache;")
    assert main(["validate", "cache"]) == 0
    assert capsys.readouterr().err == ""


class TestWithoutAWordOfWhichDefinitionsThereAre:
    """A folder in which `stackgen generate shop.yaml` was run, and nothing else says anything."""

    @pytest.fixture(autouse=True)
    def project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
        (tmp_path / "shop.yaml").write_text(SHOP)
        monkeypatch.chdir(tmp_path)
        assert main(["generate", "shop.yaml"]) == 0
        capsys.readouterr()
        return tmp_path

    def test_it_is_a_project_of_what_it_was_generated_from(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert read_project(project).definitions == ("shop.yaml",)
        assert main(["generate", "--check"]) == 0
        assert main(["check", "--no-tools"]) == 0
        assert main(["validate"]) == 0
        assert main(["generate"]) == 0
        said = capsys.readouterr()
        assert "0 written" in said.out
        assert said.err == "", "nothing is assumed"

    def test_of_several_the_stacks_comes_first(self, project: Path) -> None:
        (project / "bar.yaml").write_text(SHOP.replace("shop", "bar"))
        assert main(["generate", "bar.yaml", "--only", "exporter"]) == 0
        assert main(["generate", "redis", "--only", "rules"]) == 0
        assert read_project(project).definitions == ("shop.yaml", "redis", "bar.yaml")

    def test_what_is_said_comes_before_it(self, project: Path) -> None:
        (project / "stackgen.yaml").write_text("stackgen: 1\n")
        assert read_project(project).definitions == ("stackgen.yaml",)

    @pytest.mark.parametrize("lost", ["the definition", "what leads to it"])
    def test_where_nothing_leads_back_to_it_nothing_is_replaced(
        self, project: Path, capsys: pytest.CaptureFixture[str], lost: str
    ) -> None:
        if lost == "the definition":
            (project / "shop.yaml").rename(project / "store.yaml")
        else:
            for folder in ("exporters", "alerts", "compose"):
                (project / folder / ".stackgen-manifest").unlink(missing_ok=True)
        before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
        assert main(["generate"]) == 2
        told = capsys.readouterr().err
        assert "what made shop is not found: taking the pack cache" in told
        assert "what is here was generated from shop, and nothing says where all of that is now; name it" in told
        assert main(["check", "--no-tools"]) == 0
        said = capsys.readouterr()
        assert "run `stackgen generate`" not in said.out
        assert "taking the pack cache" in said.err
        assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before

    def test_that_the_stack_is_anothers_now_is_said(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (project / "bar.yaml").write_text(SHOP.replace("shop", "bar"))
        assert main(["generate", "bar.yaml"]) == 0
        assert "compose/ was the stack of shop and is that of bar now" in capsys.readouterr().out


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
