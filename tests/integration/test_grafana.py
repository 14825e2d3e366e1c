"""A real Grafana takes the dashboards as they are, and every panel of them has an answer.

It needs a binary of Grafana on PATH or its image in the Docker engine. Where neither is, there is nothing to start.
"""

from __future__ import annotations

import base64
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from stackgen import conventions
from stackgen.stack.binaries import on_path
from tests.conftest import docker_answers
from tests.integration.pipeline import RunningStack, native_stack, resolved
from tests.integration.stack.containers import container_stack
from tests.integration.stack.steps import WHILE_ALL_IS_WELL
from tests.waiting import wait_for

SHORT = """\
stackgen: 1
extends: cache
stack: {scrape_interval: 1s, evaluation_interval: 1s}
"""

pytestmark = [pytest.mark.grafana, pytest.mark.timeout(900)]


def engine() -> str | None:
    """The engine that can start a Grafana here."""
    if on_path("grafana") is not None:
        return "native"
    if docker_answers():
        image = conventions.IMAGES["grafana"]
        found = subprocess.run(["docker", "image", "inspect", image], capture_output=True, timeout=60, check=False)
        return "docker" if found.returncode == 0 else None
    return None


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    found = engine()
    if found is None:
        # The one thing that may lack in CI too: Grafana is in no package of the distribution.
        pytest.skip(f"no Grafana: neither a binary on PATH nor the image {conventions.IMAGES['grafana']}")
    project = tmp_path_factory.mktemp("grafana")
    if found == "native":
        with native_stack(project, SHORT) as processes:
            yield processes
    else:
        with container_stack(project, SHORT, request.getfixturevalue("wheels")) as containers:
            yield containers


def ask(stack: RunningStack, path: str, body: dict[str, Any] | None = None) -> Any:
    """What Grafana's API answers its administrator."""
    password = (stack.project / "compose" / "secrets" / "grafana_admin_password").read_text().strip()
    token = base64.b64encode(f"admin:{password}".encode()).decode()
    request = urllib.request.Request(
        stack.url("grafana", path),
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def files(stack: RunningStack) -> dict[str, dict[str, Any]]:
    """The generated dashboards, by uid."""
    boards = [json.loads(path.read_text()) for path in (stack.project / "dashboards").rglob("*.json")]
    return {board["uid"]: board for board in boards}


def test_every_dashboard_is_provisioned_in_the_folder_of_its_definition(stack: RunningStack) -> None:
    wanted = files(stack)

    def found() -> dict[str, str] | None:
        boards = {each["uid"]: each.get("folderTitle", "") for each in ask(stack, "/api/search?type=dash-db&limit=500")}
        return boards if wanted.keys() <= boards.keys() else None

    folders = wait_for("all dashboards", found, seconds=120)
    for path in (stack.project / "dashboards").rglob("*.json"):
        assert folders[json.loads(path.read_text())["uid"]] == path.parent.name


def test_they_come_back_as_they_were_given_without_a_migration(stack: RunningStack) -> None:
    for uid, board in files(stack).items():
        answer = wait_for(uid, lambda uid=uid: ask(stack, f"/api/dashboards/uid/{uid}"), seconds=120)  # type: ignore[misc]
        assert answer["meta"]["provisioned"] is True
        given = answer["dashboard"]
        # A Grafana that had to bring it to a newer schema would say so here.
        assert given["schemaVersion"] == board["schemaVersion"]
        assert [panel["id"] for panel in given["panels"]] == [panel["id"] for panel in board["panels"]]
        assert [panel.get("options") for panel in given["panels"]] == [
            panel.get("options") for panel in board["panels"]
        ]


def test_the_home_dashboard_is_the_overview(stack: RunningStack) -> None:
    assert ask(stack, "/api/dashboards/home")["dashboard"]["title"] == "Cache / Overview"


def test_its_log_has_no_complaint_of_provisioning(stack: RunningStack) -> None:
    if stack.engine == "docker":
        compose = ["docker", "compose", "-f", str(stack.project / "compose" / "compose.yaml"), "logs", "grafana"]
        log = subprocess.run(
            compose, env=stack.environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout
    else:
        log = "".join(
            path.read_text(errors="replace") for path in Path(stack.project, ".stackgen").rglob("grafana*.log")
        )
    assert log
    complaints = [
        line
        for line in log.splitlines()
        if ("level=error" in line or "level=warn" in line) and ("provisioning" in line or "migrat" in line)
    ]
    assert complaints == []


def test_every_panel_queries_and_shows(stack: RunningStack) -> None:
    for uid, board in files(stack).items():
        for panel in [each for row in board["panels"] for each in (row, *row.get("panels", ()))]:
            if panel.get("targets"):
                # Redis's own has panels that the demonstration has nothing for, replicas for example.
                quiet = panel["title"] in WHILE_ALL_IS_WELL or uid.startswith("redis-")
                wait_for(
                    f"{board['title']}: {panel['title']}",
                    partial(shows, stack, panel, quiet=quiet),
                    seconds=120,
                )


def shows(stack: RunningStack, panel: dict[str, Any], *, quiet: bool) -> bool:
    """Whether Grafana's own data source gives every query of a panel an answer, and one of them rows."""
    source = {"type": "prometheus", "uid": conventions.DATASOURCE_UID}
    queries = [
        {**target, "datasource": source, "expr": resolved(target["expr"]), "intervalMs": 15_000, "maxDataPoints": 500}
        for target in panel["targets"]
    ]
    results = ask(stack, "/api/ds/query", {"queries": queries, "from": "now-5m", "to": "now"})["results"]
    assert all(result.get("status", 200) == 200 for result in results.values()), results
    rows = [values for result in results.values() for frame in result["frames"] for values in frame["data"]["values"]]
    return quiet or any(rows)
