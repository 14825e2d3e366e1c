"""What the docker command says, put into data and words; the command itself is stood in for by a script."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.stack.docker_command import Answer, Container, DockerCommand

PS = {
    "ID": "1a2b",
    "Name": "cache-redis-1",
    "Service": "redis",
    "State": "running",
    "Health": "healthy",
    "Status": "Up 3 seconds (healthy)",
    "Image": "redis:8.0.6",
}
CONTAINER = Container("1a2b", "cache-redis-1", "redis", "running", "healthy", "Up 3 seconds (healthy)", "redis:8.0.6")


def docker_that(script: str, folder: Path) -> DockerCommand:
    """A docker command that does what a shell script says."""
    file = folder / "docker"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return DockerCommand(folder / "compose.yaml", {"PATH": f"{folder}:{os.environ['PATH']}"})


@pytest.mark.parametrize(
    "said", [json.dumps(PS), json.dumps([PS]), "\n".join([json.dumps(PS), json.dumps(PS | {"Service": "x"})])]
)
def test_containers_are_read_from_old_and_new_versions_of_compose(said: str, tmp_path: Path) -> None:
    (tmp_path / "said").write_text(said)
    assert docker_that(f"cat {tmp_path}/said", tmp_path).containers()["redis"] == CONTAINER


def test_a_container_that_is_replaced_while_compose_lists_them_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "said").write_text(json.dumps(PS))
    once = f"[ -e {tmp_path}/asked ] || {{ touch {tmp_path}/asked; echo 'No such container: 1a2b' >&2; exit 1; }}"
    assert docker_that(f"{once}\ncat {tmp_path}/said", tmp_path).containers()["redis"] == CONTAINER


@pytest.mark.parametrize("said", ["", "[]"])
def test_no_containers(said: str, tmp_path: Path) -> None:
    assert docker_that(f"echo '{said}'", tmp_path).containers() == {}


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        ("Error response from daemon: no such image\n", "no such image"),
        ("warning\n\nERROR: Error response from daemon: denied\n\n", "denied"),
        ("", "it ended with 7"),
    ],
)
def test_the_reason_is_the_last_thing_that_docker_said(errors: str, reason: str) -> None:
    assert Answer(7, "", errors).reason == reason


def test_an_engine_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(StackgenError, match=r"`docker compose ps` did not end within 0 s; is the engine well\?"):
        docker_that("exec sleep 60", tmp_path).compose("ps", seconds=0.2)


def test_a_compose_file_that_compose_refuses_is_one_line(tmp_path: Path) -> None:
    docker = docker_that("echo 'services.x: additional properties not allowed' >&2; exit 15", tmp_path)
    with pytest.raises(StackgenError, match=r"^docker compose cannot read the compose file: services.x: additional"):
        docker.configuration()
