"""What the docker command says, put into data and words; the command itself is stood in for by a script."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.stack.compose_file import Port
from stackgen.stack.docker_command import Answer, Container, Details, DockerCommand


def docker_that(script: str, folder: Path) -> DockerCommand:
    """A docker command that does what a shell script says."""
    file = folder / "docker"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "COMPOSE_PROJECT_NAME": "cache"}
    return DockerCommand(folder / "compose.yaml", environment)


@pytest.mark.parametrize(
    ("state", "words", "health"),
    [
        ("running", "Up 3 seconds (healthy)", "healthy"),
        ("running", "Up 2 hours (unhealthy)", "unhealthy"),
        ("running", "Up Less than a second (health: starting)", "starting"),
        ("running", "Up 3 seconds", ""),
        ("paused", "Up 3 seconds (Paused)", ""),
        ("exited", "Exited (1) 3 minutes ago", ""),
    ],
)
def test_a_container_is_read_from_its_line(state: str, words: str, health: str, tmp_path: Path) -> None:
    (tmp_path / "said").write_text(
        f"1a2b\tcache-redis-1\tredis\t{state}\t{words}\tredis:8.0.6\t{tmp_path}/compose.yaml\n"
    )
    found = docker_that(f"cat {tmp_path}/said", tmp_path).containers()
    assert found == {"redis": Container("1a2b", "cache-redis-1", "redis", state, health, words, "redis:8.0.6")}


def test_containers_of_another_compose_file_are_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "said").write_text("1a2b\tshop-web-1\tweb\trunning\tUp 2 days\tnginx\t/srv/shop/compose.yaml\n")
    line = r"^containers of /srv/shop/compose\.yaml go by the name cache already, and would be ended; unset COMPOSE_"
    with pytest.raises(StackgenError, match=line):
        docker_that(f"cat {tmp_path}/said", tmp_path).containers()


def test_a_stack_that_was_started_with_another_file_over_its_own_is_the_stack(tmp_path: Path) -> None:
    files = f"{tmp_path}/compose.yaml,{tmp_path}/override.yaml"
    (tmp_path / "said").write_text(f"1a2b\tcache-redis-1\tredis\trunning\tUp 2 days\tredis\t{files}\n")
    assert set(docker_that(f"cat {tmp_path}/said", tmp_path).containers()) == {"redis"}


def test_where_a_container_is_published_and_how_it_fares_is_asked_of_the_engine(tmp_path: Path) -> None:
    at = "2026-11-26T16:30:00.123456789Z"  # as precise as the engine says it
    bindings = {
        "9102/tcp": [{"HostIp": "127.0.0.1", "HostPort": "19102"}],
        "9125/udp": [{"HostIp": "127.0.0.1", "HostPort": "19125"}],
    }
    (tmp_path / "said").write_text(f"1a2b3c4d\t{json.dumps(bindings)}\t7\t{at}\n5e6f7a8b\tnull\t0\t{at}\n")
    docker = docker_that(f"cat {tmp_path}/said", tmp_path)
    found = docker.details(
        Container(identity, name, name, "running", "", "Up 3 seconds", "image")
        for identity, name in (("1a2b", "statsd-exporter"), ("5e6f", "redis"), ("0000", "gone"))
    )
    assert found == {
        "statsd-exporter": Details((Port(9102, 19102), Port(9125, 19125, udp=True)), 7, datetime.fromisoformat(at)),
        "redis": Details((), 0, datetime.fromisoformat(at)),
    }


def test_no_containers(tmp_path: Path) -> None:
    assert docker_that("exit 0", tmp_path).containers() == {}


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
        docker.services()
