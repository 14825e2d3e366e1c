"""The Docker engine with a real one: what comes up, how it is closed, what is said when it does not work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from stackgen.conventions import CORE_SERVICES, IMAGES, INNER_SERVICES, KNOWN_SERVICES, OPTIONAL_SERVICES
from stackgen.findings import StackgenError
from stackgen.stack.choice import choose_engine
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
    wait_for("prometheus answers again", lambda: demo.samples() or None)
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
