"""What the documents show works as it stands there."""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from stackgen import cli
from stackgen.definition import load
from stackgen.project import read_project

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def blocks(language: str) -> dict[str, str]:
    """The code blocks of a language in all documents, by their place."""
    found = {}
    for document in DOCUMENTS:
        text = document.read_text()
        for block in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, block.start()) + 1
            found[f"{document.relative_to(ROOT).as_posix()}:{line}"] = block[1]
    return found


def example(document: str) -> str:
    """The Python example of a document that has one."""
    [only] = [block for place, block in PYTHON.items() if place.startswith(f"{document}:")]
    return only


SHELL, PYTHON, TOML = blocks("sh"), blocks("python"), blocks("toml")
#: Pages of checks show what is wrong, too; tests/unit/checks/test_pages.py holds them to their word.
DEFINITIONS = {
    place: block
    for place, block in blocks("yaml").items()
    if block.startswith("stackgen: 1\n") and not place.startswith("docs/checks/")
}


def python(code: str, folder: Path) -> str:
    """Run code in a Python of its own; what it prints."""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("document", ["README.md", "docs/adoption.md"])
def test_python_examples_run_and_are_correctly_typed(document: str, tmp_path: Path) -> None:
    python(example(document), tmp_path)
    script = tmp_path / "example.py"
    script.write_text(example(document))
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(script)]
    typed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert typed.returncode == 0, typed.stdout


def test_the_readmes_example_counts_a_hit_and_a_miss(tmp_path: Path) -> None:
    printed = python(example("README.md"), tmp_path)
    for result in ("hit", "miss"):
        labels = {'operation="get"', f'result="{result}"', 'cache="sessions"', 'backend="local"'}
        [count] = [
            line.split()[-1]
            for line in printed.splitlines()
            if line.startswith("cache_operations_total{") and labels <= set(re.findall(r'\w+="\w+"', line))
        ]
        assert float(count) == 1


@pytest.mark.parametrize("block", SHELL.values(), ids=SHELL)
def test_commands_that_are_shown_exist(block: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in block.splitlines():
        program, *words = shlex.split(line, comments=True) or [""]
        if program == "stackgen":
            cli._parser().parse_args([word for word in words if word != ">" and not word.endswith(".json")])
        elif program == "make":
            assert words[0] in targets


@pytest.mark.parametrize("block", DEFINITIONS.values(), ids=DEFINITIONS)
def test_definitions_that_are_shown_are_valid(block: str, tmp_path: Path) -> None:
    file = tmp_path / "stackgen.yaml"
    file.write_text(block)
    assert load(file).name


@pytest.mark.parametrize("block", TOML.values(), ids=TOML)
def test_settings_that_are_shown_are_valid(block: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(block)
    assert read_project(tmp_path).definitions


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_links_within_the_repository_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def commands() -> dict[str, argparse.ArgumentParser]:
    """The parsers of all commands."""
    [found] = [action.choices for action in cli._parser()._actions if action.dest == "command"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("command", commands())
def test_every_flag_of_a_command_is_in_its_section(command: str) -> None:
    flags = {flag for action in commands()[command]._actions for flag in action.option_strings} - {"-h", "--help"}
    sections = (ROOT / "docs" / "cli.md").read_text().split("\n## ")
    section = "".join(each for each in sections if re.match(rf"stackgen .*\b{command}\b", each))
    named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", section))
    assert flags - named == set()


@pytest.mark.parametrize("place", [place for place in PYTHON if re.match(r"docs/(exporter|prefork)\.md", place)])
def test_python_snippets_run_as_they_stand(place: str, tmp_path: Path) -> None:
    code = PYTHON[place]
    if "uwsgidecorators" in code:  # a module that only the server has
        compile(code, place, "exec")
        return
    python(code.replace("/dev/shm/shop-metrics", str(tmp_path / "shared")), tmp_path)


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "cli.md").read_text()
    for command in commands():
        assert re.search(rf"## stackgen .*\b{command}\b", text) or command == "packs"
