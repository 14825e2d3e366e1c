"""What the Docker engine does where docker itself does not manage at once; a script stands in for the command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.stack.docker import DockerEngine


def engine_on(folder: Path, script: str) -> DockerEngine:
    """An engine whose docker command does what a shell script says, and notes each call in `calls`."""
    file = folder / "docker"
    file.write_text(f'#!/bin/sh\necho "$@" >>{folder}/calls\n{script}\n')
    file.chmod(0o755)
    return DockerEngine(folder, environment={"PATH": f"{folder}:{os.environ['PATH']}"})


def calls(folder: Path) -> int:
    return len((folder / "calls").read_text().splitlines())


def test_a_container_that_does_not_freeze_at_once_is_told_to_again(tmp_path: Path) -> None:
    refused = "echo 'OCI runtime pause failed: unable to freeze: unknown' >&2; exit 1"
    engine_on(tmp_path, f"[ $(wc -l <{tmp_path}/calls) -ge 3 ] || {{ {refused}; }}").hold("redis")
    assert calls(tmp_path) == 3


@pytest.mark.parametrize(("said", "times"), [("unable to freeze: unknown", 5), ("is already paused", 1)])
def test_what_cannot_be_held_is_told_with_its_reason(said: str, times: int, tmp_path: Path) -> None:
    engine = engine_on(tmp_path, f"echo 'Error response from daemon: {said}' >&2; exit 1")
    with pytest.raises(StackgenError, match=f"cannot hold redis: {said}"):
        engine.hold("redis")
    assert calls(tmp_path) == times


def test_what_the_system_refuses_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "compose").mkdir()
    (tmp_path / "compose" / "compose.yaml").write_text("services: {redis: {image: redis}}\n")
    (tmp_path / ".stackgen").write_text("a file where a folder has to be")
    engine = engine_on(tmp_path, "exit 0")
    for start_or_stop in (lambda: engine.up(print), engine.down):
        with pytest.raises(StackgenError, match=rf"^(File exists|Not a directory): {tmp_path}/\.stackgen"):
            start_or_stop()
