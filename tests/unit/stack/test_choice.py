"""Which engine `auto` is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.stack import choose_engine
from stackgen.stack.docker_configuration import CONFIGURATION


def test_without_docker_it_is_native(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose_engine("auto", tmp_path).name == "native"


def no_docker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A docker command whose engine does not answer."""
    file = folder / "docker"
    file.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon at unix:///nope.sock' >&2\nexit 1\n")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_why_it_is_not_docker_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_docker(tmp_path, monkeypatch)
    said: list[str] = []
    assert choose_engine("auto", tmp_path, report=said.append).name == "native"
    assert said == [
        "the stack runs without Docker: no Docker engine answers: Cannot connect to the Docker daemon at "
        "unix:///nope.sock"
    ]


def test_a_stack_that_docker_runs_is_not_taken_for_none_where_docker_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / CONFIGURATION / "prometheus").mkdir(parents=True)
    no_docker(tmp_path, monkeypatch)
    line = (
        r"^the stack was started in Docker, and no Docker engine answers: Cannot .*; start it, or .* --engine native$"
    )
    with pytest.raises(StackgenError, match=line):
        choose_engine("auto", tmp_path)
    assert choose_engine("native", tmp_path).name == "native"


@pytest.mark.parametrize("name", ["docker", "native"])
def test_an_engine_that_is_named_is_taken(name: str, tmp_path: Path) -> None:
    assert choose_engine(name, tmp_path).name == name


def test_there_are_no_others(tmp_path: Path) -> None:
    with pytest.raises(StackgenError, match="there is no engine 'podman'; there are auto, docker and native"):
        choose_engine("podman", tmp_path)
