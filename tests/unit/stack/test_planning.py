import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
import yaml

from stackgen.definition import load
from stackgen.findings import StackgenError
from stackgen.generators.compose import generate
from stackgen.generators.compose_files.grafana import PASSWORD
from stackgen.generators.compose_files.settings import ADMIN_KEY
from stackgen.stack.binaries import Located
from stackgen.stack.plan import Plan, Process, read_plan, write_plan
from stackgen.stack.planning import Locate, make_plan
from stackgen.stack.secrets import ensure_secrets
from stackgen.stack.state import Layout

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/home/x", "GF_LOG_LEVEL": "debug", "STACKGEN_PORT_REDIS": "26379"}


def find(key: str, _report: object) -> Located:
    """Every program is `echo`, which takes any flag and tells a version."""
    return Located(Path("/bin/echo"), {"LD_LIBRARY_PATH": f"/lib/{key}"}, None)


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A project with the stack of a cache, on a machine without Grafana."""
    monkeypatch.setenv("PATH", "/nowhere")
    for path, text in generate(load("cache")).items():
        file = tmp_path / "compose" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for folder in ("dashboards", "alerts/runbooks"):
        (tmp_path / folder).mkdir(parents=True)
    ensure_secrets(tmp_path, lambda _: None, [ADMIN_KEY])
    return Layout(tmp_path)


def laid_out(layout: Layout, find: Locate = find, profiles: Collection[str] = ()) -> Plan:
    """The plan, with what it needs written."""
    draft = make_plan(layout, ENVIRONMENT, lambda _: None, find, profiles)
    draft.lay_out(layout)
    return draft.plan


@pytest.fixture
def plan(layout: Layout) -> Plan:
    return laid_out(layout, profiles=["demo"])


def processes(plan: Plan) -> dict[str, Process]:
    return {process.name: process for process in plan.processes}


def test_every_service_but_grafana_has_a_process(plan: Plan) -> None:
    names = ["receiver", "alertmanager", "redis", "redis-exporter", "workload", "prometheus"]
    assert list(processes(plan)) == names
    assert plan.left_out == {"grafana": "there is no grafana or grafana-server on PATH"}


def test_processes_reach_each_other_on_the_loopback_interface(plan: Plan) -> None:
    assert "--redis=redis://127.0.0.1:26379/0" in processes(plan)["workload"].command
    assert "--redis.addr=redis://127.0.0.1:26379" in processes(plan)["redis-exporter"].command


def test_nothing_of_a_container_is_left_in_the_commands(plan: Plan) -> None:
    words = [word for process in plan.processes for word in process.command]
    assert not [word for word in words if "0.0.0.0:" in word or "=/etc/" in word or "=/prometheus" in word]


def test_processes_wait_for_those_that_they_need(plan: Plan) -> None:
    assert processes(plan)["prometheus"].after == {"alertmanager": True}
    assert processes(plan)["workload"].after == {"redis": True}


def test_they_are_asked_what_their_containers_are_asked(plan: Plan) -> None:
    checks = {name: (p.check.kind, p.check.port, p.check.path) for name, p in processes(plan).items()}
    assert checks["prometheus"] == ("http", 9090, "/-/ready")
    assert checks["workload"] == ("http", 8000, "/health")
    assert checks["redis"][:2] == ("redis", 26379)
    assert checks["redis-exporter"] == ("http", 9121, "/health")


def test_a_process_gets_its_own_settings_and_none_of_the_users(plan: Plan, layout: Layout) -> None:
    environment = processes(plan)["redis"].environment
    assert environment == {
        "PATH": "/usr/bin:/bin",
        "HOME": "/home/x",
        "LD_LIBRARY_PATH": "/lib/redis-server",
        "STACKGEN_NATIVE": str(layout.folder),
    }


def test_configuration_is_translated_into_a_copy(plan: Plan, layout: Layout) -> None:
    original = layout.project / "compose" / "prometheus" / "prometheus.yml"
    copy = layout.config / "prometheus" / "etc" / "prometheus" / "config" / "prometheus.yml"
    assert f"--config.file={copy}" in processes(plan)["prometheus"].command
    assert "workload:8000" in original.read_text()
    configuration = yaml.safe_load(copy.read_text())
    assert configuration["rule_files"] == [f"{layout.project}/alerts/*.rules.yaml"]
    targets = [job["static_configs"][0]["targets"] for job in configuration["scrape_configs"]]
    assert targets == [["127.0.0.1:8000"], ["127.0.0.1:9121"], ["127.0.0.1:9090"], ["127.0.0.1:9093"]]


def test_nothing_is_written_before_the_plan_is_known_to_do(layout: Layout) -> None:
    laid_out(layout, profiles=["demo"])
    before = {file: file.read_bytes() for file in layout.folder.rglob("*") if file.is_file()}
    assert before
    make_plan(layout, ENVIRONMENT, lambda _: None, find)
    assert {file: file.read_bytes() for file in layout.folder.rglob("*") if file.is_file()} == before


def test_what_is_not_started_is_neither_scraped_nor_written_to(layout: Layout) -> None:
    def configuration(*profiles: str) -> dict[str, Any]:
        laid_out(layout, profiles=profiles)
        copy = layout.config / "prometheus" / "etc" / "prometheus" / "config" / "prometheus.yml"
        data: dict[str, Any] = yaml.safe_load(copy.read_text())
        return data

    core = configuration()
    assert [job["job_name"] for job in core["scrape_configs"]] == ["prometheus", "alertmanager"]
    assert "remote_write" not in core
    scale = configuration("scale", "memcached")
    # memcached-exporter is on no PATH here.
    assert [job["job_name"] for job in scale["scrape_configs"]] == ["victoriametrics", "prometheus", "alertmanager"]
    assert [store["url"] for store in scale["remote_write"]] == ["http://127.0.0.1:8428/api/v1/write"]


def test_volumes_outlive_what_containers_would_forget(plan: Plan, layout: Layout) -> None:
    command = processes(plan)["prometheus"].command
    assert f"--storage.tsdb.path={layout.data}/prometheus-data" in command
    redis = processes(plan)["redis"].command
    assert redis[redis.index("--dir") + 1] == f"{layout.run}/redis/data"


def test_a_plan_survives_being_written_down(plan: Plan, layout: Layout) -> None:
    write_plan(layout, plan)
    assert read_plan(layout) == plan
    assert layout.plan.stat().st_mode & 0o077 == 0, "it is nobody else's"


def test_a_lost_plan_says_what_to_do(layout: Layout) -> None:
    with pytest.raises(StackgenError, match=r"is missing; `stackgen down` cleans up, `stackgen up` starts anew$"):
        read_plan(layout)


@pytest.fixture
def with_grafana(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "grafana"
    (home / "bin").mkdir(parents=True)
    (home / "conf").mkdir()
    (home / "conf" / "defaults.ini").touch()
    program = home / "bin" / "grafana"
    program.write_text("#!/bin/sh\necho grafana version 12.4.3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}/bin{os.pathsep}/bin")
    return program


def test_grafana_joins_where_there_is_one(layout: Layout, with_grafana: Path) -> None:
    def find_grafana(key: str, report: object) -> Located:
        return Located(with_grafana) if key == "grafana" else find(key, report)

    ensure_secrets(layout.project, lambda _: None, [PASSWORD])
    plan = laid_out(layout, find_grafana)
    grafana = processes(plan)["grafana"]
    assert plan.left_out == {}
    assert grafana.version == "12.4.3"
    provisioning = Path(grafana.environment["GF_PATHS_PROVISIONING"])
    datasources = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text())["datasources"]
    assert [source["url"] for source in datasources] == ["http://127.0.0.1:9090", "http://127.0.0.1:9093"]
    providers = yaml.safe_load((provisioning / "dashboards" / "dashboards.yaml").read_text())["providers"]
    assert providers[0]["options"]["path"] == f"{layout.project}/dashboards"
    password = layout.project / "compose" / "secrets" / PASSWORD
    assert grafana.environment["GF_SECURITY_ADMIN_PASSWORD"] == f"$__file{{{password}}}"
    write_plan(layout, plan)
    assert password.read_text() not in layout.plan.read_text()


def edit(layout: Layout, **services: object) -> None:
    path = layout.project / "compose" / "compose.yaml"
    document = yaml.safe_load(path.read_text())
    document["services"] |= services
    path.write_text(yaml.safe_dump(document, sort_keys=False))


def test_a_container_of_the_users_is_left_out_with_those_that_need_it(layout: Layout) -> None:
    edit(
        layout,
        db={"image": "postgres:17", "ports": ["127.0.0.1:5432:5432"]},
        front={"image": "redis", "depends_on": ["cachier"], "ports": ["127.0.0.1:7000:6379"]},
        cachier={"image": "redis", "depends_on": ["db"], "ports": ["127.0.0.1:7001:6379"]},
    )
    plan = laid_out(layout)
    assert plan.left_out == {
        "grafana": "there is no grafana or grafana-server on PATH",
        "db": "the image postgres:17 runs only with Docker",
        "front": "it needs cachier, which is left out",
        "cachier": "it needs db, which is left out",
    }


def test_an_image_that_publishes_no_port_listens_on_its_own(layout: Layout) -> None:
    edit(layout, second={"image": "memcached:1.6"}, app={"build": ".", "command": ["python", "--at=second:11211"]})
    plan = laid_out(layout)
    assert processes(plan)["second"].check.port == 11211
    assert "--at=127.0.0.1:11211" in processes(plan)["app"].command


def test_a_file_that_is_not_there_is_named(layout: Layout) -> None:
    (layout.project / "alerts" / "runbooks").rmdir()
    with pytest.raises(
        StackgenError, match=r"^receiver needs .*/alerts/runbooks, which is missing; `stackgen generate`"
    ):
        make_plan(layout, ENVIRONMENT, lambda _: None, find)


@pytest.mark.parametrize(("content", "problem"), [(b"a: [redis:6379", "while parsing"), (b"\xff", "not UTF-8")])
def test_configuration_that_cannot_be_read_is_named(layout: Layout, content: bytes, problem: str) -> None:
    file = layout.project / "compose" / "prometheus" / "prometheus.yml"
    file.write_bytes(content)
    with pytest.raises(StackgenError, match=problem) as caught:
        make_plan(layout, ENVIRONMENT, lambda _: None, find)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_a_folder_whose_name_is_a_pattern_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackgenError, match="does not work in a folder with"):
        make_plan(Layout(tmp_path / "a[1]"), ENVIRONMENT, lambda _: None, find)


def test_the_plan_is_plain_data(plan: Plan, layout: Layout) -> None:
    write_plan(layout, plan)
    assert json.loads(layout.plan.read_text())["processes"][0]["name"] == "receiver"
