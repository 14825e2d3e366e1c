"""The core of the Docker engine's stack, started by each test anew: data that outlives it, and what goes wrong."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from stackgen.conventions import CORE_SERVICES, IMAGES
from stackgen.findings import StackgenError
from stackgen.stack.choice import choose_engine
from stackgen.stack.compose_file import OVERRIDE
from tests.integration.docker_project import DockerProject, docker, kill_from_outside, require_images
from tests.waiting import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", autouse=True)
def images() -> None:
    require_images()


@pytest.fixture
def core(tmp_path: Path, wheels: Path) -> Iterator[DockerProject]:
    """Receiver, Alertmanager, Prometheus; not started."""
    project = DockerProject(tmp_path, services={}, wheels=wheels)
    yield project
    project.remove()


# -- down -------------------------------------------------------------------------------------------------------------


def test_data_outlives_the_stack_until_it_is_removed(core: DockerProject) -> None:
    core.up()
    wait_for("a sample", lambda: core.samples() or None)
    at = time.time()
    assert core.engine().down() is True
    left = core.left_behind()
    assert left["containers"] == left["networks"] == []
    assert len(left["volumes"]) >= 2

    core.up()
    wait_for("the samples from before", lambda: core.samples(at) or None)
    assert set(core.status()) == set(CORE_SERVICES)
    core.up(profiles=["memcached"])
    assert core.status()["memcached"].well
    assert core.engine().down(volumes=True) is True
    assert not (core.folder / ".stackgen").exists()
    assert not any(core.left_behind().values()), core.left_behind()
    assert core.engine().down() is False


# -- what goes wrong --------------------------------------------------------------------------------------------------


def test_what_people_change_of_containers_is_merged_in(core: DockerProject) -> None:
    override = {"services": {"receiver": {"environment": {"TEAM": "caches"}, "mem_limit": "200m"}}}
    (core.folder / "compose" / OVERRIDE).write_text(yaml.safe_dump(override), encoding="utf-8")
    core.up()
    receiver = core.inspect()["receiver"]
    assert "TEAM=caches" in receiver["Config"]["Env"]
    assert receiver["HostConfig"]["Memory"] == 200 * 2**20
    assert receiver["HostConfig"]["ReadonlyRootfs"] is True
    assert set(core.status()) == set(CORE_SERVICES), "it is still this stack's"


def test_a_service_that_does_not_start_is_quoted_and_the_stack_is_taken_down_again(core: DockerProject) -> None:
    (core.folder / "compose" / "prometheus" / "prometheus.yml").write_text("nonsense: true\n")
    with pytest.raises(StackgenError, match=r"(?s)prometheus does not start.*field nonsense not found"):
        core.up()
    assert core.left_behind()["containers"] == []
    (told,) = [line for line in core.reported if line.startswith("what the services said is in ")]
    said = Path(told.removeprefix("what the services said is in ")).read_text()
    assert "field nonsense not found" in said
    assert "alertmanager" in said, "all of them"
    core.engine().down()
    assert not (core.folder / ".stackgen").exists()


def test_a_service_that_never_gets_healthy_is_named(core: DockerProject) -> None:
    file = core.folder / "compose" / "compose.yaml"
    file.write_text(file.read_text().replace("http://127.0.0.1:9093/-/ready", "http://127.0.0.1:9093/-/nothing"))
    with pytest.raises(StackgenError, match="alertmanager does not start, it is not healthy"):
        core.up(core.engine(timeout=20))
    assert core.left_behind()["containers"] == []


def test_a_port_in_use_is_said_before_anything_starts(core: DockerProject) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        expected = f"port {port}, which prometheus needs, is in use; free it, or set STACKGEN_PORT_PROMETHEUS"
        with pytest.raises(StackgenError, match=expected):
            core.up(core.engine(STACKGEN_PORT_PROMETHEUS=str(port)))
    assert core.left_behind()["containers"] == []


def test_a_running_stack_stays_where_it_is_when_other_ports_are_taken(core: DockerProject) -> None:
    core.up()
    before = {name: data["Id"] for name, data in core.inspect().items()}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        # As in another shell, without the variables that it was started with.
        port = taken.getsockname()[1]
        elsewhere = core.engine(STACKGEN_PORT_RECEIVER=str(port))
        line = f"port {port}, which receiver needs, is in use; .* STACKGEN_PORT_RECEIVER={core.ports['receiver']}, "
        with pytest.raises(StackgenError, match=line):
            core.up(elsewhere)
    assert {name: data["Id"] for name, data in core.inspect().items()} == before
    found = {service.name: service for service in elsewhere.status()}
    assert found["receiver"].url == core.url("receiver"), "and it is found there, as by `break`"
    assert found["receiver"].well


def test_a_configuration_that_is_refused_is_not_what_the_next_start_finds(core: DockerProject) -> None:
    core.up()
    file = core.folder / "compose" / "prometheus" / "prometheus.yml"
    text = file.read_text()
    file.write_text(text + "nonsense: true\n")
    with pytest.raises(StackgenError, match=r"(?s)prometheus refuses its new configuration.*field nonsense not found"):
        core.up()
    assert "runs with an older configuration" in core.status()["prometheus"].detail
    assert core.compose("restart", "prometheus").returncode == 0
    wait_for("prometheus is well", lambda: core.status()["prometheus"].well)
    assert "older" not in core.status()["prometheus"].detail
    file.write_text(text)
    core.up()


def test_a_service_that_does_not_stay_up_is_not_well_even_while_it_runs(core: DockerProject) -> None:
    core.up()
    for _ in range(3):
        kill_from_outside(core.inspect()["alertmanager"]["Id"])
    wait_for("it runs", lambda: core.status()["alertmanager"].state == "running")
    status = core.status()["alertmanager"]
    assert not status.well
    assert "restarted 3 times" in status.detail
    assert core.status()["receiver"].detail.count("restarted") == 0


def test_containers_of_another_project_that_has_its_name_are_left_alone(core: DockerProject, tmp_path: Path) -> None:
    file = tmp_path / "shop" / "compose.yaml"
    file.parent.mkdir()
    file.write_text(f"services: {{web: {{image: {IMAGES['memcached']}}}}}\n")
    words = ("compose", "--project-name", core.name, "--file", str(file))
    started = docker(*words, "up", "--detach", "--wait")
    assert started.returncode == 0, started.stderr
    try:
        engine = core.engine()
        calls: list[Callable[[], object]] = [lambda: core.up(engine), engine.down, engine.status]
        for call in calls:
            with pytest.raises(StackgenError, match=f"^containers of {file} go by the name {core.name} already"):
                call()
        assert docker(*words, "ps", "--services").stdout.split() == ["web"]
    finally:
        docker(*words, "down", "--timeout", "1")


def test_an_image_that_cannot_be_had_is_named_with_the_variable_that_replaces_it(core: DockerProject) -> None:
    with pytest.raises(StackgenError) as caught:
        core.up(core.engine(STACKGEN_IMAGE_PROMETHEUS="127.0.0.1:1/no/such:image"))
    (line,) = str(caught.value).splitlines()
    assert line.startswith("prometheus: its image 127.0.0.1:1/no/such:image is not here and cannot be pulled (")
    assert "STACKGEN_IMAGE_PROMETHEUS" in line
    assert "make images" in line


def test_an_image_that_cannot_be_built_is_said_with_its_reason(core: DockerProject) -> None:
    file = core.folder / "compose" / "workload" / "Dockerfile"
    file.write_text(file.read_text() + "RUN echo 'ERROR: the reason'; false\n")
    with pytest.raises(StackgenError, match="image of the stack's own services cannot be built: the reason"):
        core.up()


def test_no_engine_that_answers_is_one_line(core: DockerProject) -> None:
    engine = core.engine(DOCKER_HOST="unix:///nonexistent/docker.sock")
    with pytest.raises(StackgenError, match=r"^no Docker engine answers: .*--engine native$"):
        core.up(engine)
    assert engine.missing() is not None


def test_no_docker_command_is_one_line(core: DockerProject, tmp_path: Path) -> None:
    with pytest.raises(StackgenError, match=r"^there is no docker command on PATH; .*--engine native$"):
        core.up(core.engine(PATH=str(tmp_path)))


def test_no_compose_plugin_is_one_line(core: DockerProject, tmp_path: Path) -> None:
    # Plugins are found beside the configuration and in the system's folders; a bare client has neither.
    elsewhere = ("/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec")
    if any(Path(folder, "docker/cli-plugins/docker-compose").exists() for folder in elsewhere):
        compose = shutil.which("docker")
        assert compose is not None
        shim = tmp_path / "bin" / "docker"
        shim.parent.mkdir()
        shim.write_text(f'#!/bin/sh\n[ "$1" = compose ] && exit 1\nexec {compose} "$@"\n')
        shim.chmod(0o755)
        engine = core.engine(PATH=str(shim.parent))
    else:
        engine = core.engine(DOCKER_CONFIG=str(tmp_path / "empty"))
    with pytest.raises(StackgenError, match=r"^docker has no compose plugin; .*--engine native$"):
        core.up(engine)


def test_a_project_without_a_stack_is_one_line(tmp_path: Path) -> None:
    engine = choose_engine("docker", tmp_path)
    calls: list[Callable[[], object]] = [lambda: engine.up(print), engine.down, engine.status]
    for call in calls:
        with pytest.raises(StackgenError, match="there is no stack here; `stackgen generate` makes it"):
            call()
