"""Which engine `auto` is."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.stack import choose_engine


def test_without_docker_it_is_native(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose_engine("auto", tmp_path).name == "native"


@pytest.mark.parametrize("name", ["docker", "native"])
def test_an_engine_that_is_named_is_taken(name: str, tmp_path: Path) -> None:
    assert choose_engine(name, tmp_path).name == name


def test_there_are_no_others(tmp_path: Path) -> None:
    with pytest.raises(StackgenError, match="there is no engine 'podman'; there are auto, docker and native"):
        choose_engine("podman", tmp_path)
