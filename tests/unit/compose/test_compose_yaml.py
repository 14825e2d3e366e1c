"""The compose file: what runs, how it is bounded, and what a user can change from outside."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from stackgen import conventions
from stackgen.definition.model import Definition, Service
from stackgen.generators.compose import generate
from tests.unit.compose.definitions import definition, known

DEMO = ("receiver", "alertmanager", "redis", "redis-exporter", "workload", "prometheus", "grafana")
PUBLISHED = tuple(name for name in DEMO if name not in conventions.INNER_SERVICES)


def compose(of: Definition) -> dict[str, Any]:
    data = yaml.safe_load(generate(of)["compose.yaml"])
    assert isinstance(data, dict)
    return data


def services(of: Definition) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose(of)["services"]
    return found


def expanded(text: str, **environment: str) -> str:
    """`${NAME:-default}` as compose expands it."""
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda m: environment.get(m[1]) or m[2], text)


def test_the_core_starts_without_anything_else() -> None:
    assert set(services(definition(stack={"services": {}}))) == set(conventions.CORE_SERVICES)


def test_services_that_the_definition_names_come_along() -> None:
    assert tuple(services(definition())) == DEMO


@pytest.mark.parametrize("name", sorted(set(DEMO) - {"receiver", "workload"}))
def test_images_are_pinned_and_can_be_replaced_from_outside(name: str) -> None:
    image = services(definition())[name]["image"]
    assert expanded(image) == conventions.IMAGES[name]
    assert not expanded(image).endswith(":latest")
    assert expanded(image, **{conventions.environment_name("IMAGE", name): "mirror/x:1"}) == "mirror/x:1"


@pytest.mark.parametrize("name", ["receiver", "workload"])
def test_the_stacks_own_services_are_built_on_a_python_that_can_be_replaced(name: str) -> None:
    build = services(definition())[name]["build"]
    assert build["context"] == "./workload"
    assert expanded(build["args"]["PYTHON_IMAGE"]) == conventions.IMAGES["python"]
    assert expanded(build["args"]["PYTHON_IMAGE"], STACKGEN_IMAGE_PYTHON="mirror/python:3") == "mirror/python:3"


def test_an_image_of_the_definition_replaces_the_pinned_one() -> None:
    images = {"prometheus": "mirror/prometheus:v3", "python": "mirror/python:3.12"}
    found = services(definition(stack={"images": images}))
    assert expanded(found["prometheus"]["image"]) == "mirror/prometheus:v3"
    assert expanded(found["workload"]["build"]["args"]["PYTHON_IMAGE"]) == "mirror/python:3.12"


@pytest.mark.parametrize("name", PUBLISHED)
def test_ports_are_published_on_loopback_only_and_can_be_moved(name: str) -> None:
    (port,) = services(definition())[name]["ports"]
    inside = conventions.SERVICE_PORTS[name]
    assert expanded(port) == f"127.0.0.1:{conventions.published_port(name)}:{inside}"
    assert expanded(port, **{conventions.environment_name("PORT", name): "7"}) == f"127.0.0.1:7:{inside}"


@pytest.mark.parametrize("name", sorted(set(DEMO).intersection(conventions.INNER_SERVICES)))
def test_what_other_services_alone_ask_is_not_published_unless_a_port_is_named(name: str) -> None:
    inner = services(definition())[name]
    assert "ports" not in inner
    assert inner["networks"] == ["backend"]
    (native,) = inner["x-native-ports"]
    assert expanded(native) == f"127.0.0.1:{conventions.published_port(name)}:{conventions.SERVICE_PORTS[name]}"
    named = services(definition(stack={"ports": {name: 7}}))[name]
    assert [expanded(port) for port in named["ports"]] == [f"127.0.0.1:7:{conventions.SERVICE_PORTS[name]}"]
    assert "frontend" in named["networks"], "a network without a way out publishes no ports"


def test_services_talk_to_each_other_in_a_network_that_has_no_way_out() -> None:
    assert compose(definition())["networks"] == {"frontend": {}, "backend": {"internal": True}}
    for name, service in services(definition()).items():
        assert "backend" in service["networks"], name
        assert ("frontend" in service["networks"]) == bool(service.get("ports")), name


def test_a_port_of_the_definition_moves_the_address_that_people_are_shown_too() -> None:
    prometheus = services(definition(stack={"ports": {"prometheus": 19090}}))["prometheus"]
    assert [expanded(port) for port in prometheus["ports"]] == ["127.0.0.1:19090:9090"]
    assert "--web.external-url=http://127.0.0.1:19090" in map(expanded, prometheus["command"])


@pytest.mark.parametrize("name", DEMO)
def test_nothing_that_stackgen_runs_has_a_privilege_or_writes_outside_its_volume(name: str) -> None:
    service = services(definition())[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert service["pids_limit"] > 0
    assert service["mem_limit"]
    assert 0 < float(expanded(service["cpus"])) <= 1, "more than a machine has is refused"
    assert float(expanded(service["cpus"], **{conventions.environment_name("CPUS", name): "4"})) == 4
    assert service.get("user", "65534:65534").split(":")[0] != "0"


def test_the_image_of_the_stacks_own_services_does_not_run_as_root_and_has_no_pip_of_its_own() -> None:
    dockerfile = generate(definition())["workload/Dockerfile"]
    assert dockerfile.rstrip().endswith("USER 65534:65534")
    assert "venv --without-pip" in dockerfile, "one takes longer to make than all else that is built"


def test_configuration_is_mounted_read_only() -> None:
    for service in services(definition()).values():
        for mount in service.get("volumes", []):
            assert expanded(mount).endswith(":ro") == expanded(mount).startswith("."), mount


def test_named_volumes_are_declared_and_used() -> None:
    data = compose(definition())
    mounts = [expanded(mount) for service in data["services"].values() for mount in service.get("volumes", [])]
    used = {mount.split(":")[0] for mount in mounts if not mount.startswith(".")}
    assert used == set(data["volumes"])


@pytest.mark.parametrize("name", sorted(set(DEMO) - {"redis-exporter"}))
def test_services_with_a_client_in_their_image_are_asked_whether_they_answer(name: str) -> None:
    check = services(definition())[name]["healthcheck"]["test"]
    assert check[0] == "CMD"
    if check[1] == "sh":  # a script of the configuration that is mounted
        check = ["CMD", generate(definition())[check[2].replace("/etc/prometheus/config", "prometheus")]]
    port = conventions.SERVICE_PORTS[name]
    asked = (f"http://127.0.0.1:{port}/", f"('127.0.0.1', {port})")
    assert check[1:] == ["redis-cli", "-e", "ping"] or any(one in word for word in check for one in asked)


def test_each_service_waits_until_what_it_needs_answers() -> None:
    found = services(definition())
    assert found["grafana"]["depends_on"] == {"prometheus": {"condition": "service_healthy"}}
    assert found["workload"]["depends_on"] == {"redis": {"condition": "service_healthy"}}
    assert found["prometheus"]["depends_on"] == {"alertmanager": {"condition": "service_healthy"}}
    for service in found.values():
        assert set(service.get("depends_on", {})) <= set(found)


def test_the_chain_of_what_waits_for_each_other_is_short() -> None:
    # A container is asked for its health five seconds after its start for the first time, so each link costs as much.
    found = services(definition())

    def links(name: str) -> int:
        return 1 + max(map(links, found[name].get("depends_on", {})), default=0)

    assert max(map(links, set(DEMO) - {"grafana"})) == 2
    assert links("grafana") == 3


def test_a_service_with_a_profile_has_it_and_waits_for_none_of_another_profile() -> None:
    demo = {name: Service(name=name, profile="demo") for name in ("redis", "workload")}
    found = services(definition(stack={"services": demo}))
    assert found["redis"]["profiles"] == found["workload"]["profiles"] == ["demo"]
    assert "redis" in found["workload"]["depends_on"]
    apart = services(definition(stack={"services": demo | {"workload": Service(name="workload")}}))
    assert "profiles" not in apart["workload"]
    assert "depends_on" not in apart["workload"], "compose refuses to wait for what may not be there"


@pytest.mark.parametrize("name", conventions.KNOWN_SERVICES)
def test_every_service_that_can_be_named_is_hardened_and_bounded(name: str) -> None:
    service = services(definition(stack={"services": known(name)}))[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["mem_limit"]
    assert service.get("user", "65534:65534").split(":")[0] != "0"
    assert name == "redis-exporter" or service["healthcheck"]["test"][0] == "CMD"


def test_statsd_packets_are_taken_on_loopback_and_can_be_moved() -> None:
    _, packets = services(definition(stack={"services": known("statsd-exporter")}))["statsd-exporter"]["ports"]
    assert expanded(packets, STACKGEN_PORT_STATSD="8125") == "127.0.0.1:8125:9125/udp"


def test_the_long_term_store_keeps_its_samples_in_a_volume() -> None:
    data = compose(definition(stack={"services": known("victoriametrics")}))
    assert data["services"]["victoriametrics"]["volumes"] == ["victoriametrics-data:/var/tmp"]
    assert "victoriametrics-data" in data["volumes"]
    assert "victoriametrics-data" not in compose(definition())["volumes"]


def test_the_workload_waits_for_no_redis_that_is_not_part_of_the_stack() -> None:
    assert "depends_on" not in services(definition(stack={"services": known("workload")}))["workload"]


def test_grafana_is_closed_and_silent_and_opens_on_the_overview() -> None:
    environment = services(definition())["grafana"]["environment"]
    assert environment["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafana_admin_password"
    assert "GF_SECURITY_ADMIN_PASSWORD" not in environment
    assert environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].endswith("/cache/overview.json")
    closed = [
        "GF_AUTH_ANONYMOUS_ENABLED",
        "GF_USERS_ALLOW_SIGN_UP",
        "GF_ANALYTICS_REPORTING_ENABLED",
        "GF_ANALYTICS_CHECK_FOR_UPDATES",
    ]
    assert {environment[name] for name in closed} == {"false"}


def test_the_password_is_a_file_that_git_ignores() -> None:
    file = compose(definition())["secrets"]["grafana_admin_password"]["file"]
    assert file == "./secrets/grafana_admin_password"


def test_prometheus_keeps_samples_as_long_as_the_definition_says_and_cannot_be_reconfigured_over_http() -> None:
    command = services(definition(stack={"retention": 31 * 86400.0}))["prometheus"]["command"]
    assert "--storage.tsdb.retention.time=31d" in command
    assert "--enable-feature=exemplar-storage" in command
    assert not [word for word in command if "lifecycle" in word or "admin-api" in word]


def test_a_service_of_the_users_own() -> None:
    app = Service(
        name="app",
        image="example/app:1.2",
        command=("serve", "--verbose"),
        port=8080,
        metrics="/metrics",
        environment={"MODE": "no", "TOKEN": "${APP_TOKEN}"},
        depends_on=("redis", "redis-exporter"),
    )
    found = services(definition(stack={"services": {**known("redis", "redis-exporter"), "app": app}}))["app"]
    assert expanded(found["image"]) == "example/app:1.2"
    assert found["command"] == ["serve", "--verbose"]
    assert found["environment"] == {"MODE": "no", "TOKEN": "${APP_TOKEN}"}
    assert [expanded(port, STACKGEN_PORT_APP="18080") for port in found["ports"]] == ["127.0.0.1:18080:8080"]
    # redis_exporter's image has nothing to ask with, so its health is never known.
    assert found["depends_on"] == {
        "redis": {"condition": "service_healthy"},
        "redis-exporter": {"condition": "service_started"},
    }
    assert found["security_opt"] == ["no-new-privileges:true"]
    assert "read_only" not in found, "an image that nobody knows may write where it likes"


def test_a_command_or_variable_for_a_known_service_replaces_stackgens() -> None:
    redis = Service(name="redis", command=("redis-server", "/etc/redis.conf"), environment={"TZ": "UTC"})
    found = services(definition(stack={"services": {"redis": redis}}))["redis"]
    assert found["command"] == ["redis-server", "/etc/redis.conf"]
    assert found["environment"] == {"TZ": "UTC"}


def test_projects_of_two_definitions_do_not_share_containers() -> None:
    assert compose(definition())["name"] == "stackgen-cache"
    assert compose(definition(name="job_queue"))["name"] == "stackgen-job-queue"


def test_native_processes_can_run_it_because_it_keeps_to_the_plain_part_of_the_format() -> None:
    for service in services(definition()).values():
        assert not {"extends", "env_file", "network_mode", "entrypoint"} & set(service)
        assert all(isinstance(word, str) for word in service.get("command", []))
        assert all(isinstance(mount, str) for mount in service.get("volumes", []))
        assert isinstance(service.get("environment", {}), dict)
