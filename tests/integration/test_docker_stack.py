"""The Docker engine with a real one: what comes up, how it is closed, what is said when it does not work."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest
import yaml

from stackgen.conventions import CORE_SERVICES, IMAGES, INNER_SERVICES, KNOWN_SERVICES, OPTIONAL_SERVICES
from stackgen.findings import StackgenError
from stackgen.stack.choice import choose_engine
from stackgen.stack.compose_file import OVERRIDE
from tests.integration.docker_project import DockerProject, docker, kill_from_outside, require_images
from tests.integration.pipeline import get_json
from tests.waiting import wait_for

#: VictoriaMetrics keeps what it was sent in memory for some seconds before it writes it down.
_LOST = 20.0

PROFILES = ("demo", "memcached", "statsd", "scale")

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", autouse=True)
def images() -> None:
    require_images()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, images: None) -> Iterator[DockerProject]:
    """The whole stack with all of its profiles, up."""
    project = DockerProject(tmp_path_factory.mktemp("demo"))
    try:
        project.up(profiles=PROFILES)
        # Without their record the wheels count as put there by hand: somebody may edit the sources while this runs.
        (project.folder / "compose" / "workload" / "wheels" / ".made-from").unlink()
        yield project
    finally:
        project.remove()


@pytest.fixture
def core(tmp_path: Path, wheels: Path) -> Iterator[DockerProject]:
    """Receiver, Alertmanager, Prometheus; not started."""
    project = DockerProject(tmp_path, services={}, wheels=wheels)
    yield project
    project.remove()


def running() -> set[str]:
    """All services but those that may be missing, where there is no image of them."""
    missing = {name for name in OPTIONAL_SERVICES if docker("image", "inspect", IMAGES[name]).returncode != 0}
    return {*CORE_SERVICES, *KNOWN_SERVICES} - missing


# -- up ---------------------------------------------------------------------------------------------------------------


def test_everything_is_healthy_and_says_where_it_is(demo: DockerProject) -> None:
    status = demo.status()
    assert {name for name, service in status.items() if service.well} == running()
    assert status["prometheus"].url == demo.url("prometheus")
    assert status["redis"].url is None, "other services alone ask it"
    assert {line.split()[0] for line in demo.reported if line.endswith((" is healthy", " is running"))} == running()


def test_without_an_image_of_grafana_the_rest_runs(demo: DockerProject) -> None:
    if "grafana" in running():
        assert demo.status()["grafana"].well
        return
    (line,) = [line for line in demo.reported if line.startswith("grafana")]
    assert f"grafana is left out: its image {IMAGES['grafana']} is not here and cannot be pulled" in line
    assert "STACKGEN_IMAGE_GRAFANA" in line
    assert demo.status()["grafana"].detail == f"its image {IMAGES['grafana']} is not here"


def test_every_target_is_up(demo: DockerProject) -> None:
    scraped = {
        "redis-exporter",
        "memcached-exporter",
        "statsd-exporter",
        "victoriametrics",
        "prometheus",
        "alertmanager",
    }
    # One that is left out for want of an image is no target that is down.
    expected = {"cache", *scraped.intersection(running())}

    def jobs() -> bool:
        targets = get_json(demo.url("prometheus", "/api/v1/targets"))["data"]["activeTargets"]
        health = {target["labels"]["job"]: target["health"] for target in targets}
        return health == dict.fromkeys(expected, "up")

    wait_for("all jobs are up", jobs)


def test_prometheus_and_alertmanager_find_nothing_wrong_with_their_configuration(demo: DockerProject) -> None:
    promtool = ("exec", "prometheus", "promtool", "check", "config", "--lint=all", "--lint-fatal")
    checked = demo.compose(*promtool, "/etc/prometheus/config/prometheus.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    checked = demo.compose("exec", "alertmanager", "amtool", "check-config", "/etc/alertmanager/alertmanager.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_long_term_store_is_sent_what_prometheus_scrapes(demo: DockerProject) -> None:
    url = demo.url("victoriametrics", "/api/v1/query?query=cache_operations_total")
    found = wait_for("samples in the store", lambda: get_json(url)["data"]["result"] or None)
    assert {series["metric"]["job"] for series in found} == {"cache"}


def test_a_killed_long_term_store_loses_but_its_last_seconds_and_gets_the_rest_again(demo: DockerProject) -> None:
    def stored(service: str, until: float, seconds: int = 30) -> set[float]:
        """When, in milliseconds, Prometheus's own target was scraped in the time before, as a service has it."""
        query = quote(f'up{{job="prometheus"}}[{seconds}s]')
        result = get_json(demo.url(service, f"/api/v1/query?query={query}&time={until}"))["data"]["result"]
        return {round(float(at) * 1000) for series in result for at, _ in series["values"]}

    wait_for("more is stored than may be lost", lambda: len(stored("prometheus", time.time() - _LOST)) > 5)
    killed = time.time()
    before = stored("prometheus", killed - _LOST)
    kill_from_outside(demo.inspect()["victoriametrics"]["Id"])
    again = time.time()

    def goes_on() -> bool:
        kept, sent = (stored(service, again + 5, 5) for service in ("prometheus", "victoriametrics"))
        return len(kept) >= 4 and kept == sent

    wait_for("it is sent what is scraped again", goes_on)
    assert before <= stored("victoriametrics", killed - _LOST)


@pytest.mark.parametrize(
    "path", ["/api/v1/admin/tsdb/delete_series?match[]=up", "/snapshot/create", "/internal/force_merge"]
)
def test_who_may_write_to_the_long_term_store_may_not_administer_it(demo: DockerProject, path: str) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(demo.url("victoriametrics", path), timeout=10)
    with refused.value:
        assert refused.value.code in {401, 403}


def test_all_of_it_takes_less_than_600_megabytes(demo: DockerProject) -> None:
    memory = demo.engine().memory()
    assert set(memory) == running()
    assert all(taken > 0 for taken in memory.values())
    assert sum(taken for name, taken in memory.items() if name != "grafana") < 600 * 2**20


def test_its_logs_can_be_read(demo: DockerProject) -> None:
    assert any("Server is ready" in line for line in demo.engine().logs("prometheus", follow=False, lines=100))
    assert {line.split("-1 ")[0] for line in demo.engine().logs(None, follow=False, lines=1)} >= {"prometheus", "redis"}


def test_a_service_that_is_held_stands_still_until_it_is_released(demo: DockerProject) -> None:
    demo.engine().hold("redis")
    try:
        assert demo.status()["redis"].state == "paused"
        with pytest.raises(StackgenError, match="cannot hold redis"):
            demo.engine().hold("redis")
        # Within the ten seconds that Prometheus gives it by default, or nobody would know that it is Redis.
        asked = demo.compose(
            "exec", "-T", "prometheus", "wget", "-qO-", "-T", "10", "http://redis-exporter:9121/metrics"
        )
        assert "\nredis_up 0\n" in asked.stdout
    finally:
        demo.engine().release("redis")
    demo.engine().release("redis")
    wait_for("redis is well", lambda: demo.status()["redis"].well)


def test_started_twice_it_says_that_it_is_up_and_changes_nothing(demo: DockerProject) -> None:
    before = {name: data["Id"] for name, data in demo.inspect().items()}
    demo.reported.clear()
    demo.up()  # what runs of profiles goes on
    assert demo.reported[-1].startswith("the stack was up already")
    assert {name: data["Id"] for name, data in demo.inspect().items()} == before


def test_rules_that_were_generated_anew_are_read_by_starting_it_again(demo: DockerProject) -> None:
    rules = demo.folder / "alerts" / "cache.rules.yaml"
    text = rules.read_text()
    rules.with_suffix(".new").write_text(text.replace("alert: CacheEvicting", "alert: CacheEvictingRenamed"))
    rules.with_suffix(".new").replace(rules)
    demo.up()

    def names() -> set[str]:
        groups = get_json(demo.url("prometheus", "/api/v1/rules"))["data"]["groups"]
        return {rule["name"] for group in groups for rule in group["rules"]}

    wait_for("the new rule is there", lambda: "CacheEvictingRenamed" in names())


def test_rules_that_are_refused_are_said_and_those_before_stay(demo: DockerProject) -> None:
    rules = demo.folder / "alerts" / "cache.rules.yaml"
    text = rules.read_text()
    rules.write_text(text.replace("alert: CacheEvicting", "alert: 1\n        record: CacheEvicting"))
    try:
        with pytest.raises(StackgenError, match=r"(?s)prometheus refuses its new configuration.*cache\.rules\.yaml"):
            demo.up()
    finally:
        rules.write_text(text)
    demo.up()
    groups = get_json(demo.url("prometheus", "/api/v1/rules"))["data"]["groups"]
    assert any(rule["name"].startswith("CacheEvicting") for group in groups for rule in group["rules"])


def test_what_has_read_its_configuration_again_is_still_restarted_when_it_crashes(demo: DockerProject) -> None:
    demo.up()
    assert demo.reported[-1].endswith("configuration read again: prometheus, alertmanager")
    kill_from_outside(demo.inspect()["prometheus"]["Id"])
    wait_for("prometheus answers again", lambda: samples(demo) or None)
    wait_for("prometheus is well", lambda: demo.status()["prometheus"].well)


def test_auto_is_docker_where_an_engine_answers(demo: DockerProject) -> None:
    assert choose_engine("auto", demo.folder).name == "docker"


# -- closed -----------------------------------------------------------------------------------------------------------


def test_what_is_not_published_has_no_way_out(demo: DockerProject) -> None:
    found = demo.inspect()
    for name, data in found.items():
        networks = {network.removeprefix(f"{demo.name}_") for network in data["NetworkSettings"]["Networks"]}
        assert networks == ({"backend"} if name in INNER_SERVICES else {"frontend", "backend"}), name

    def asked_from_redis(network: str) -> str:
        """What Redis's client hears of Prometheus in a network, which speaks another protocol."""
        address = found["prometheus"]["NetworkSettings"]["Networks"][f"{demo.name}_{network}"]["IPAddress"]
        return demo.compose("exec", "redis", "timeout", "3", "redis-cli", "-h", address, "-p", "9090", "ping").stderr

    assert "Protocol error" in asked_from_redis("backend")
    assert "Protocol error" not in asked_from_redis("frontend")


@pytest.mark.parametrize("service", ["memcached", "victoriametrics"])
def test_nothing_can_be_written_outside_of_volumes_and_fresh_memory(demo: DockerProject, service: str) -> None:
    for path in ("/probe", "/etc/probe", "/usr/bin/probe"):
        touched = demo.compose("exec", service, "touch", path)
        assert touched.returncode != 0
        assert "Read-only file system" in touched.stderr


# -- down -------------------------------------------------------------------------------------------------------------


def samples(project: DockerProject, at: float | None = None) -> list[object]:
    """What Prometheus knows of its targets, now or at a time."""
    moment = "" if at is None else f"&time={at}"
    found: list[object] = get_json(project.url("prometheus", f"/api/v1/query?query=up{moment}"))["data"]["result"]
    return found


def test_data_outlives_the_stack_until_it_is_removed(core: DockerProject) -> None:
    core.up()
    wait_for("a sample", lambda: samples(core) or None)
    at = time.time()
    assert core.engine().down() is True
    left = core.left_behind()
    assert left["containers"] == left["networks"] == []
    assert len(left["volumes"]) >= 2

    core.up()
    wait_for("the samples from before", lambda: samples(core, at) or None)
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
