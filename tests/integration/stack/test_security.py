"""The stack is closed: to the network, to its own containers, to those without a password, and about its secrets."""

from __future__ import annotations

import base64
import json
import re
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from docker.models.containers import Container

from stackgen.conventions import INNER_SERVICES
from tests.conftest import require
from tests.integration.stack.containers import ContainerStack
from tests.integration.stack.course import Course, Courses

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1500)]

#: Where a process that has broken into a container would want to leave something.
PLACES = ("/probe", "/etc/probe", "/usr/bin/probe", "/root/probe", "/home/probe", "/var/probe")


@pytest.fixture
def stack(request: pytest.FixtureRequest, courses: Courses) -> ContainerStack:
    """A stack to which nothing is done any more."""
    at_rest: ContainerStack = courses.course(request.node, "docker").at_rest()
    return at_rest


def status(url: str, *, method: str = "GET", data: bytes | None = None, user: str | None = None) -> int:
    """The status that an address answers with."""
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    if user is not None:
        request.add_header("Authorization", f"Basic {base64.b64encode(user.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


# -- listeners --------------------------------------------------------------------------------------------------------


def published(container: Container) -> list[dict[str, str]]:
    """The addresses of the machine that lead into the container."""
    entries = container.attrs["NetworkSettings"]["Ports"].values()
    return [binding for bindings in entries for binding in bindings or ()]


def test_nothing_listens_but_on_the_loopback_interface(stack: ContainerStack) -> None:
    # The machine's other addresses stand for its address in the network: each network of the stack gives it one.
    networks = stack.client.networks.list(names=[stack.environment["COMPOSE_PROJECT_NAME"]])
    others = {config["Gateway"] for network in networks for config in network.attrs["IPAM"]["Config"]}
    assert others
    ports = {binding["HostPort"] for container in stack.containers().values() for binding in published(container)}
    assert len(ports) >= 4
    for name, container in stack.containers().items():
        assert {binding["HostIp"] for binding in published(container)} <= {"127.0.0.1"}, name
        assert bool(published(container)) == (name not in INNER_SERVICES), name
    for port in ports:
        with socket.create_connection(("127.0.0.1", int(port)), timeout=5):
            pass  # it is there, so what is refused below is not refused because nobody listens
        for address in others:
            with pytest.raises(OSError), socket.create_connection((address, int(port)), timeout=5):  # noqa: PT011
                pass


# -- processes --------------------------------------------------------------------------------------------------------


def processes(container: Container) -> list[dict[str, str]]:
    """What the kernel says of each process of a container."""
    listed = container.top(ps_args="-o pid")["Processes"]
    found = []
    for (pid,) in listed:
        file = Path(f"/proc/{pid}/status")
        require(file.exists(), "the engine's processes are those of another machine")
        pairs = (line.split(":", 1) for line in file.read_text().splitlines())
        found.append({key: value.strip() for key, value in pairs})
    return found


def test_no_process_is_root_has_a_capability_or_can_get_one(stack: ContainerStack) -> None:
    for name, container in stack.containers().items():
        assert processes(container), name
        for process in processes(container):
            where = f"{name}: {process['Name']}"
            assert "0" not in process["Uid"].split(), where
            for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                assert int(process[capabilities], 16) == 0, f"{where}: {capabilities}"
            assert process["NoNewPrivs"] == "1", where
            assert process["Seccomp"] == "2", where  # a filter is on


def test_every_container_is_bounded(stack: ContainerStack) -> None:
    for name, container in stack.containers().items():
        host = container.attrs["HostConfig"]
        assert host["Memory"] > 0, name
        assert host["PidsLimit"] > 0, name
        assert host["NanoCpus"] > 0, name
        assert host["LogConfig"]["Config"].keys() >= {"max-size", "max-file"}, name
        assert not host["Privileged"], name
        assert {host["PidMode"], host["NetworkMode"], host["UTSMode"]}.isdisjoint({"host"}), name


# -- files ------------------------------------------------------------------------------------------------------------


def test_what_is_mounted_is_read_only_but_for_volumes(stack: ContainerStack) -> None:
    for name, container in stack.containers().items():
        assert container.attrs["HostConfig"]["ReadonlyRootfs"] is True, name
        for mount in container.attrs["Mounts"]:
            assert mount["Type"] == "volume" or not mount["RW"], f"{name}: {mount['Destination']}"
            assert "docker.sock" not in mount.get("Source", ""), name


@pytest.mark.parametrize("service", ["prometheus", "alertmanager", "redis", "workload", "receiver"])
def test_not_even_root_can_write_outside_of_volumes_and_fresh_memory(stack: ContainerStack, service: str) -> None:
    container = stack.container(service)
    configuration = [f"{mount['Destination']}/probe" for mount in container.attrs["Mounts"] if not mount["RW"]]
    for path in (*PLACES, *configuration):
        touched = container.exec_run(["touch", path], user="0")
        assert touched.exit_code != 0, path
        assert re.search(rb"Read-only file system|No such file|Permission denied|Not a directory", touched.output), path
    assert container.exec_run(["touch", "/dev/shm/probe"]).exit_code == 0  # so `touch` was not what failed


def test_in_all_the_time_nothing_was_changed_in_a_container(stack: ContainerStack) -> None:
    for name, container in stack.containers().items():
        mounted = [
            *(mount["Destination"] for mount in container.attrs["Mounts"]),
            *container.attrs["HostConfig"]["Tmpfs"],
        ]
        # Docker makes the folders that something is mounted on.
        strange = [
            change["Path"]
            for change in container.diff() or ()
            if not any(f"{place}/".startswith(f"{change['Path']}/") for place in mounted)
        ]
        assert strange == [], name


# -- interfaces -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("course", ["docker", "docker-older"], indirect=True)
@pytest.mark.parametrize(
    "path",
    [
        "/-/reload",
        "/-/quit",
        "/api/v1/admin/tsdb/delete_series?match[]=up",
        "/api/v1/admin/tsdb/snapshot",
        "/api/v1/admin/tsdb/clean_tombstones",
        "/api/v1/write",
        "/api/v1/otlp/v1/metrics",
    ],
)
def test_prometheus_cannot_be_reloaded_ended_emptied_or_written_to_over_http(
    course: Course[ContainerStack], path: str
) -> None:
    stack = course.at_rest()
    request = urllib.request.Request(stack.url("prometheus", path), b"", method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    with refused.value as answer:
        said = answer.read().decode()
    # What is off says so, and with a 5xx if it is the admin API; what never was there is not found.
    assert answer.code in (403, 404, 405) or "admin APIs disabled" in said, said
    assert stack.query("up"), "it is still there, and so are its samples"


GRAFANA = "there is no image of Grafana here, and no distribution packages it"


@pytest.mark.grafana
@pytest.mark.parametrize("password", ["admin", "", "grafana", "password", "stackgen"])
def test_no_usual_password_opens_grafana(stack: ContainerStack, password: str) -> None:
    if not stack.has_grafana():
        pytest.skip(GRAFANA)
    own = (stack.project / "compose" / "secrets" / "grafana_admin_password").read_text()
    assert status(stack.url("grafana", "/api/org"), user=f"admin:{own}") == 200
    assert status(stack.url("grafana", "/api/org"), user=f"admin:{password}") == 401


@pytest.mark.grafana
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/search"),
        ("GET", "/api/datasources"),
        ("POST", "/api/dashboards/db"),
        ("POST", "/api/user/signup"),
        ("POST", "/api/snapshots"),
        ("DELETE", "/api/dashboards/uid/cache-overview"),
    ],
)
def test_who_is_not_logged_in_can_neither_read_nor_write_in_grafana(
    stack: ContainerStack, method: str, path: str
) -> None:
    if not stack.has_grafana():
        pytest.skip(GRAFANA)
    data = b"{}" if method == "POST" else None
    assert status(stack.url("grafana", path), method=method, data=data) in (401, 403, 404)


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_docker_shows_no_secret(stack: ContainerStack) -> None:
    folder = stack.project / "compose" / "secrets"
    secrets = [file.read_text() for file in folder.iterdir() if file.name != ".gitignore"]
    assert secrets
    assert all(len(secret) >= 20 for secret in secrets)
    shown = json.dumps(
        [
            *(container.attrs for container in stack.client.containers.list(all=True)),
            *(image.attrs | {"history": image.history()} for image in stack.client.images.list()),
            *(network.attrs for network in stack.client.networks.list()),
            *(volume.attrs for volume in stack.client.volumes.list()),
            stack.compose.get_config(),
        ]
    )
    assert not [secret for secret in secrets if secret in shown]


def test_no_variable_of_a_container_holds_a_secret(stack: ContainerStack) -> None:
    for name, container in stack.containers().items():
        for variable in container.attrs["Config"]["Env"] or ():
            key, _, value = variable.partition("=")
            if re.search(r"PASSW|SECRET|TOKEN|CREDENTIAL|API_?KEY", key):
                assert value.startswith("/run/secrets/"), f"{name}: {key}"


def test_no_generated_file_but_the_one_in_secrets_holds_a_password(stack: ContainerStack) -> None:
    folder = stack.project / "compose" / "secrets"
    password = (folder / "grafana_admin_password").read_text()
    holding = [file for file in stack.project.rglob("*") if file.is_file() and password.encode() in file.read_bytes()]
    assert holding == [folder / "grafana_admin_password"]
    assert (folder / ".gitignore").read_text().endswith("\n*\n!.gitignore\n")
    assert folder.stat().st_mode & 0o077 == 0, "others cannot enter it"
