from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.stack.binaries import Located
from stackgen.stack.compose_file import ComposeService
from stackgen.stack.recipes import RECIPES, Launch, grafana_home, recipe_for


def launch(key: str, *command: str, program: str = "/bin/true", **environment: str) -> Launch:
    folders = {folder: Path("/local" + folder) for folder in RECIPES[key].folders}
    return Launch(
        command=command,
        environment=environment,
        port=1234,
        ports={9125: 19125},
        folders=folders,
        program=Located(Path(program)),
    )


@pytest.mark.parametrize(
    ("image", "key"),
    [
        ("prom/prometheus:v3.5.3", "prometheus"),
        ("mirror.example:5000/prom/prometheus@sha256:0123", "prometheus"),
        ("redis:8.0.6", "redis"),
        ("redis", "redis"),
        ("oliver006/redis_exporter:v1.86.0", "redis-exporter"),
        ("prom/memcached-exporter:v0.15", "memcached-exporter"),
        ("prom/statsd-exporter:v0.28.0", "statsd-exporter"),
        ("victoriametrics/victoria-metrics:v1.145.0", "victoria-metrics"),
    ],
)
def test_an_image_is_known_by_the_last_part_of_its_name(image: str, key: str) -> None:
    assert recipe_for(ComposeService(name="mine", image=image)) is RECIPES[key]


def test_an_unknown_image_is_known_by_its_service() -> None:
    assert recipe_for(ComposeService(name="redis", image="valkey/valkey:8")) is RECIPES["redis"]
    assert recipe_for(ComposeService(name="db", image="postgres:17")) is None


def test_the_programs_name_is_no_argument() -> None:
    words = ("--port", "6379")
    assert RECIPES["redis"].words(ComposeService(name="redis", command=("redis-server", *words))) == words
    assert RECIPES["redis"].words(ComposeService(name="redis", command=words)) == words


def test_another_program_in_the_image_is_not_run() -> None:
    with pytest.raises(
        StackgenError, match=r"^redis runs 'sh', which the native engine cannot; use `--engine docker`$"
    ):
        RECIPES["redis"].words(ComposeService(name="redis", command=("sh", "-c", "redis-server")))


def test_prometheus_listens_on_the_loopback_interface_alone() -> None:
    given = launch("prometheus", "--config.file=/x.yml", "--web.listen-address=0.0.0.0:9090")
    assert RECIPES["prometheus"].arguments(given) == (
        "--config.file=/x.yml",
        "--web.listen-address=127.0.0.1:1234",
        "--storage.tsdb.path=/local/prometheus",
    )


def test_a_given_data_folder_is_kept() -> None:
    given = launch("prometheus", "--storage.tsdb.path=/data")
    assert "--storage.tsdb.path=/data" in RECIPES["prometheus"].arguments(given)
    assert len(RECIPES["prometheus"].arguments(given)) == 2


def test_alertmanager_opens_no_port_for_peers() -> None:
    arguments = RECIPES["alertmanager"].arguments(launch("alertmanager", "--storage.path=/data"))
    assert arguments == ("--storage.path=/data", "--web.listen-address=127.0.0.1:1234", "--cluster.listen-address=")


def test_the_last_words_for_redis_are_where_it_listens_and_writes() -> None:
    arguments = RECIPES["redis"].arguments(launch("redis", "--bind", "0.0.0.0", "--save", ""))
    assert arguments[:4] == ("--bind", "0.0.0.0", "--save", "")
    assert arguments[4:] == (*("--bind", "127.0.0.1", "--port", "1234", "--dir", "/local/data", "--daemonize", "no"),)


def test_statsd_exporter_takes_packets_on_the_loopback_interface_and_no_connections() -> None:
    given = launch("statsd-exporter", "--statsd.listen-udp=0.0.0.0:9125", "--statsd.listen-tcp=:9125")
    assert set(RECIPES["statsd-exporter"].arguments(given)) == {
        "--web.listen-address=127.0.0.1:1234",
        "--statsd.listen-udp=127.0.0.1:19125",
        "--statsd.listen-tcp=",
    }


def test_victoriametrics_listens_on_the_loopback_interface_alone() -> None:
    given = launch("victoria-metrics", "--storageDataPath=/x", "--httpListenAddr=0.0.0.0:8428")
    arguments = RECIPES["victoria-metrics"].arguments(given)
    assert arguments == ("--storageDataPath=/x", "--httpListenAddr=127.0.0.1:1234")


def test_our_own_services_run_with_the_python_that_runs_stackgen() -> None:
    service = ComposeService(name="receiver", command=("python", "-m", "stackgen.stack.receiver", "--host=0.0.0.0"))
    recipe = recipe_for(service)
    assert recipe is not None
    given = Launch(
        command=recipe.words(service),
        environment={},
        port=1234,
        ports={},
        folders={},
        program=Located(Path("/bin/true")),
    )
    assert recipe.arguments(given) == (*("-P", "-m", "stackgen.stack.receiver", "--host=127.0.0.1", "--port=1234"),)
    assert recipe.environment(given)["PYTHONUNBUFFERED"] == "1"


@pytest.fixture
def grafana(tmp_path: Path) -> Path:
    """Grafana's folder as it is in its archive."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "defaults.ini").touch()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "grafana").touch()
    return tmp_path / "bin" / "grafana"


def test_grafana_is_told_where_everything_is(grafana: Path) -> None:
    given = launch(
        "grafana",
        program=str(grafana),
        GF_SECURITY_ADMIN_PASSWORD__FILE="/project/secrets/password",
        GF_SERVER_HTTP_ADDR="0.0.0.0",
        GF_LOG_MODE="console",
    )
    assert RECIPES["grafana"].arguments(given) == ("server", f"--homepath={grafana.parent.parent}")
    assert RECIPES["grafana"].environment(given) == {
        "GF_PATHS_DATA": "/local/var/lib/grafana",
        "GF_PATHS_LOGS": "/local/var/lib/grafana/log",
        "GF_PATHS_PLUGINS": "/local/var/lib/grafana/plugins",
        "GF_PATHS_PROVISIONING": "/local/etc/grafana/provisioning",
        # Grafana reads the file itself; the password is in no environment and no plan.
        "GF_SECURITY_ADMIN_PASSWORD": "$__file{/project/secrets/password}",
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": "1234",
        "GF_LOG_MODE": "console",
    }


def test_older_grafana_has_no_server_command(grafana: Path) -> None:
    older = grafana.rename(grafana.with_name("grafana-server"))
    assert RECIPES["grafana"].arguments(launch("grafana", program=str(older)))[0].startswith("--homepath=")


def test_grafanas_folder_is_found_through_links(grafana: Path, tmp_path: Path) -> None:
    link = tmp_path / "grafana"
    link.symlink_to(grafana)
    assert grafana_home(link) == grafana.parent.parent


def test_grafana_without_its_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StackgenError, match=r"conf/defaults\.ini\) are not found beside"):
        grafana_home(tmp_path / "bin" / "grafana")
