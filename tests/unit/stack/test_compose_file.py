from pathlib import Path

import pytest

from stackgen.definition import load
from stackgen.findings import StackgenError
from stackgen.generators.compose import generate
from stackgen.stack.compose_file import ComposeService, Mount, Port, read


def compose(folder: Path, text: str) -> Path:
    path = folder / "compose.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def services(tmp_path: Path) -> dict[str, ComposeService]:
    path = compose(tmp_path, generate(load("cache"))["compose.yaml"])
    return read(path, {"STACKGEN_PORT_PROMETHEUS": "19090", "STACKGEN_IMAGE_REDIS": "mirror.example:5000/redis:7"})


def test_services_come_in_the_order_of_the_file(services: dict[str, ComposeService]) -> None:
    demo = ["receiver", "alertmanager", "redis", "redis-exporter", "workload", "prometheus", "grafana"]
    assert [name for name, service in services.items() if set(service.profiles) <= {"demo"}] == demo
    assert {name for name, service in services.items() if "demo" in service.profiles} == {*demo[2:5]}


def test_ports_and_images_follow_the_environment(services: dict[str, ComposeService]) -> None:
    assert services["prometheus"].ports == (Port(inside=9090, published=19090),)
    assert services["redis"].ports == ()
    assert services["redis"].native_ports == (Port(inside=6379, published=16379),)
    assert services["redis"].image == "mirror.example:5000/redis:7"
    assert "--web.external-url=http://127.0.0.1:19090" in services["prometheus"].command


def test_what_is_built_from_the_project_has_no_image(services: dict[str, ComposeService]) -> None:
    assert services["workload"].image is None
    assert services["workload"].command[:3] == ("python", "-m", "stackgen.workload")


def test_mounts_are_files_volumes_memory_and_secrets(services: dict[str, ComposeService], tmp_path: Path) -> None:
    assert set(services["grafana"].mounts) == {
        Mount("/etc/grafana/provisioning", source=tmp_path / "grafana" / "provisioning"),
        Mount("/var/lib/grafana/dashboards", source=tmp_path.parent / "dashboards"),
        Mount("/var/lib/grafana", volume="grafana-data"),
        Mount("/tmp"),
        Mount("/run/secrets/grafana_admin_password", source=tmp_path / "secrets" / "grafana_admin_password"),
    }


def test_a_service_waits_for_others_to_start_or_to_be_healthy(services: dict[str, ComposeService]) -> None:
    assert services["prometheus"].after == {"alertmanager": True}
    assert services["receiver"].after == {}


def test_everything_is_restarted(services: dict[str, ComposeService]) -> None:
    assert all(service.restart for service in services.values())


def test_the_check_has_no_leading_cmd(services: dict[str, ComposeService]) -> None:
    assert services["redis"].check == ("redis-cli", "-e", "ping")
    assert services["redis-exporter"].check == ()


def test_long_and_short_forms_mean_the_same(tmp_path: Path) -> None:
    short = "environment: [A=1, 'B=x=y']\n    depends_on: [b]\n    command: python -m 'a b'\n    ports: ['81:80', '82']"
    path = compose(tmp_path, f"services:\n  a:\n    {short}\n  b: {{image: redis, healthcheck: {{test: [NONE]}}}}\n")
    service = read(path, {})["a"]
    assert service.environment == {"A": "1", "B": "x=y"}
    assert service.after == {"b": False}
    assert service.command == ("python", "-m", "a b")
    assert service.ports == (Port(80, 81), Port(82, 82))
    assert not service.restart


def test_without_a_compose_file_the_error_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(StackgenError, match=r"compose\.yaml: there is no stack here; `stackgen generate` makes it$"):
        read(tmp_path / "compose.yaml", {})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it has to be a mapping"),
        ("[]", "it has to be a mapping"),
        ("services: {}", "it has no services"),
        ("services: [a]", "services: it has to be a mapping"),
        ("services: {a: 5}", r"services\.a: it has to be a mapping"),
        ("services: {a: [", "while parsing"),
        ("services: {a: {ports: ['${PORT}:80']}}", r"services\.a\.ports: 'x' in 'x:80' is not a port"),
        ("services: {a: {ports: ['70000:80']}}", "ports are numbers from 1 to 65535"),
        ("services: {a: {ports: 80}}", r"services\.a\.ports: it has to be a list"),
        ("services: {a: {volumes: [data]}}", "'data' has to be `source:target`"),
        ("services: {a: {secrets: [key]}}", "'key' has no file"),
        ("services: {a: {command: {b: c}}}", "a text or a list of words"),
        ("services: {a: {image: '${IMAGE:?set it}'}}", "the variable IMAGE has to be set: set it"),
        ("services: {a: {image: 'a$'}}", r"'a\$' has a \$ that begins no variable"),
    ],
)
def test_a_file_that_is_not_understood_is_one_line_that_names_it(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(StackgenError, match=problem) as caught:
        read(compose(tmp_path, text), {"PORT": "x"})
    assert str(caught.value).startswith(str(tmp_path / "compose.yaml"))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_bytes(b"services: \xff")
    with pytest.raises(StackgenError, match="it is not UTF-8 text"):
        read(path, {})
