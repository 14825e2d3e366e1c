import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from stackgen.definition import load
from stackgen.findings import StackgenError
from stackgen.generators import rules
from stackgen.generators.compose import generate
from stackgen.stack.compose_file import read
from stackgen.stack.docker_configuration import CONFIGURATION, configure, copies, forget, put_back, require_open


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A generated project, of a user whose files nobody else may read."""
    before = os.umask(0o077)
    try:
        definition = load("cache")
        files = {f"compose/{path}": text for path, text in generate(definition).items()}
        files |= {f"alerts/{path}": text for path, text in rules.generate(definition).items()}
        for path, text in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        yield tmp_path
    finally:
        os.umask(before)


def jobs(project: Path) -> list[str]:
    text = (project / CONFIGURATION / "prometheus" / "prometheus.yml").read_text()
    return [job["job_name"] for job in yaml.safe_load(text)["scrape_configs"]]


def test_containers_read_copies_without_what_does_not_run(project: Path) -> None:
    configure(project, {"workload", "redis-exporter", "memcached-exporter", "statsd-exporter", "victoriametrics"})
    assert jobs(project) == ["prometheus", "alertmanager"]
    generated = (project / "compose" / "prometheus" / "prometheus.yml").read_text()
    assert "workload:8000" in generated, "what was generated stays"
    copy = (project / CONFIGURATION / "alerts" / "cache.rules.yaml").read_text()
    assert "CacheMetricsMissing" not in copy, "of a job that is not scraped nothing is missing"
    assert "CacheMetricsMissing" in (project / "alerts" / "cache.rules.yaml").read_text()


def test_it_tells_whom_a_change_concerns(project: Path) -> None:
    assert configure(project, {"victoriametrics"}) == {"prometheus", "grafana", "alertmanager", "statsd", "alerts"}
    assert configure(project, {"victoriametrics"}) == frozenset()
    assert configure(project, {"victoriametrics", "workload"}) == {"prometheus", "alerts"}
    assert configure(project, ()) == {"prometheus", "grafana", "alerts"}
    assert "cache" in jobs(project)


def test_a_file_that_is_generated_no_more_is_gone_from_the_copy(project: Path) -> None:
    extra = project / "compose" / "grafana" / "provisioning" / "datasources" / "extra.yaml"
    extra.write_text("apiVersion: 1\n")
    configure(project, ())
    copy = project / CONFIGURATION / "grafana" / "provisioning" / "datasources" / "extra.yaml"
    assert copy.is_file()
    extra.unlink()
    assert configure(project, ()) == {"grafana"}
    assert not copy.exists()


def test_copies_can_be_put_back_those_of_one_service_too(project: Path) -> None:
    configure(project, ())
    held = copies(project)
    for path in ("prometheus/prometheus.yml", "alertmanager/alertmanager.yml"):
        file = project / "compose" / path
        file.write_text(file.read_text() + "# changed\n")
    (project / "alerts" / "more.rules.yaml").write_text("groups: []\n")
    configure(project, ())
    put_back(project, held, "prometheus")
    changed = project / CONFIGURATION / "alertmanager" / "alertmanager.yml"
    assert {path for path, content in copies(project).items() if held.get(path) != content} == {changed}
    put_back(project, held)
    assert copies(project) == held


def test_the_users_that_containers_run_as_may_read_them(project: Path) -> None:
    configure(project, ())
    folder = project / CONFIGURATION
    for path in folder.glob("*/**/*"):
        wanted = 0o755 if path.is_dir() else 0o644
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_it_is_kept_out_of_git_and_forgotten_whole(project: Path) -> None:
    configure(project, ())
    assert (project / ".stackgen" / ".gitignore").read_text() == "*\n"
    forget(project)
    assert not (project / ".stackgen").exists()


def test_what_a_native_stack_keeps_stays(project: Path) -> None:
    configure(project, ())
    (project / ".stackgen" / "native").mkdir()
    forget(project)
    assert (project / ".stackgen" / ".gitignore").exists()
    assert (project / ".stackgen" / "native").is_dir()
    assert not (project / CONFIGURATION).exists()


@pytest.mark.parametrize(("content", "problem"), [(b"a: [workload:8000", "while parsing"), (b"\xff", "not UTF-8")])
def test_a_file_that_cannot_be_read_is_named(project: Path, content: bytes, problem: str) -> None:
    file = project / "compose" / "prometheus" / "prometheus.yml"
    file.write_bytes(content)
    with pytest.raises(StackgenError, match=problem) as caught:
        configure(project, ["workload"])
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_what_is_mounted_as_it_is_must_be_open_to_containers(project: Path) -> None:
    file = project / "dashboards" / "cache" / "overview.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    environment = {"STACKGEN_CONFIGURATION": str(project / CONFIGURATION)}
    wanted = {"grafana": read(project / "compose" / "compose.yaml", environment)["grafana"]}
    with pytest.raises(StackgenError, match=r"dashboards can be read by its owner alone, .* chmod -R o\+rX .*dashbo"):
        require_open(project, wanted)
    for path in (project / "dashboards", file.parent):
        path.chmod(0o755)
    with pytest.raises(StackgenError, match=r"overview\.json can be read by its owner alone"):
        require_open(project, wanted)
    file.chmod(0o644)
    require_open(project, wanted)
