"""Receivers of the definition's own: routed by severity, reached with secrets from files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from stackgen import conventions
from stackgen.definition import load
from stackgen.findings import DefinitionError
from stackgen.generators import compose
from stackgen.stack.binaries import Located
from tests.conftest import require

TOLD = """\
extends: cache
stack:
  receivers:
    on-call: {severities: [critical], pagerduty: {routing_key_file: pagerduty_key}}
    team: {slack: {channel: "#caches", api_url_file: slack_url}}
    mail:
      email: {to: t@example.org, from: a@example.org, smarthost: "mail:587", username: a, password_file: mail_pw}
    relay: {email: {to: t@example.org, from: a@example.org, smarthost: "host.docker.internal:25", require_tls: false}}
    hook: {severities: [info], webhook: {url: "http://example.org/hook"}}
    vault: {webhook: {url_file: hook_url}}
  heartbeat: {url_file: snitch_url, every: 5m}
"""


@pytest.fixture
def generated(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "told.yaml"
    path.write_text(TOLD, encoding="utf-8")
    return compose.generate(load(path))


@pytest.fixture
def alertmanager(generated: dict[str, str]) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(generated["alertmanager/alertmanager.yml"])
    return loaded


def test_each_is_told_of_its_severities_and_the_stacks_own_page_of_all(alertmanager: dict[str, Any]) -> None:
    routes = alertmanager["route"]["routes"]
    told = {
        name: {route["matchers"][0]: route["repeat_interval"] for route in routes if route["receiver"] == name}
        for name in ("on-call", "team", "stack")
    }
    assert told["on-call"] == {'severity="critical"': "1h"}
    assert told["team"] == {'severity="critical"': "1h", 'severity="warning"': "12h"}
    assert told["stack"] == told["team"] | {'severity="info"': "24h"}
    assert all(route["continue"] for route in routes if route["receiver"] not in ("stack", "heartbeat"))
    assert routes[-1]["receiver"] == "stack"


def test_the_heartbeat_goes_to_its_receiver_alone(alertmanager: dict[str, Any]) -> None:
    first = alertmanager["route"]["routes"][0]
    assert first == {
        "matchers": ['alertname="Watchdog"'], "receiver": "heartbeat",
        "group_wait": "0s", "group_interval": "5m", "repeat_interval": "4m30s",
    }  # fmt: skip


def test_secrets_are_read_from_files_and_stand_nowhere_else(
    alertmanager: dict[str, Any], generated: dict[str, str]
) -> None:
    receivers = {receiver["name"]: receiver for receiver in alertmanager["receivers"]}
    (pagerduty,) = receivers["on-call"]["pagerduty_configs"]
    assert pagerduty["routing_key_file"] == "/run/secrets/pagerduty_key"
    (email,) = receivers["mail"]["email_configs"]
    assert email["auth_username"] == "a"
    assert email["auth_password_file"] == "/run/secrets/mail_pw"
    (relay,) = receivers["relay"]["email_configs"]
    assert relay["require_tls"] is False
    document = yaml.safe_load(generated["compose.yaml"])
    assert document["services"]["alertmanager"]["extra_hosts"] == ["host.docker.internal:host-gateway"]
    assert document["services"]["alertmanager"]["secrets"] == [
        "pagerduty_key",
        "slack_url",
        "mail_pw",
        "hook_url",
        "snitch_url",
    ]
    assert document["secrets"]["slack_url"] == {"file": "./secrets/slack_url"}


def test_notifications_name_the_runbook_and_the_dashboard(
    alertmanager: dict[str, Any], generated: dict[str, str]
) -> None:
    (slack,) = next(each for each in alertmanager["receivers"] if each["name"] == "team")["slack_configs"]
    assert slack["text"] == '{{ template "stackgen.text" . }}'
    template = generated["alertmanager/templates/stackgen.tmpl"]
    assert '{{ define "stackgen.text" -}}' in template
    assert ".Annotations.runbook_url" in template
    assert alertmanager["templates"] == ["templates/*.tmpl"]


@pytest.mark.parametrize(
    ("receiver", "expected"),
    [
        ("a: {email: {to: t, from: f, smarthost: 'm:25', username: u}}", "user name and password go together"),
        ("stack: {webhook: {url: 'http://x'}}", "'stack' is the stack's own receiver; choose another name"),
        ("a: {severities: [critical]}", "the receiver has no kind; give one of webhook, email, slack, pagerduty"),
        ("a: {webhook: {url: 'http://x', url_file: y}}", "a webhook needs either url or url_file"),
        ("heartbeat: {webhook: {url: 'http://x'}}", "'heartbeat' is the receiver of `stack.heartbeat`"),
        ("a: {slack: {channel: x}}", "'api_url_file' is missing"),
        ("a: {slack: {channel: x, api_url: 'https://secret'}}", "no such key 'api_url'"),
        ("a: {severities: [panic], webhook: {url: 'http://x'}}", "unknown value 'panic'"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, receiver: str, expected: str) -> None:
    assert expected in problems(tmp_path, f"{{receivers: {{{receiver}}}}}")


def problems(tmp_path: Path, stack: str) -> str:
    path = tmp_path / "told.yaml"
    path.write_text(f"extends: cache\nstack: {stack}\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("heartbeat", "expected"),
    [
        ("{}", "stack.heartbeat: a heartbeat needs either url or url_file; give one of them"),
        ("{url: 'http://x', url_file: y}", "a heartbeat needs either url or url_file"),
        ("{url: 'http://x', every: 1s}", "stack.heartbeat.every: '1s' is too short; use 10s or more"),
    ],
)
def test_mistakes_in_the_heartbeat_are_told(tmp_path: Path, heartbeat: str, expected: str) -> None:
    assert expected in problems(tmp_path, f"{{heartbeat: {heartbeat}}}")


@pytest.mark.parametrize("program", ["native", pytest.param("image", marks=pytest.mark.docker)])
def test_amtool_finds_nothing_wrong(binary: Callable[[str], Located], tmp_path: Path, program: str) -> None:
    path = tmp_path / "told.yaml"
    # A webhook's url_file is newer than the distribution's Alertmanager, 0.25; it came with 0.26.
    text = (
        TOLD
        if program == "image"
        else "\n".join(line for line in TOLD.splitlines() if "url_file: hook" not in line and "snitch" not in line)
    )
    path.write_text(text, encoding="utf-8")
    generated = compose.generate(load(path))
    tmp_path.chmod(0o755)  # the image's user reads it
    for name in ("alertmanager/alertmanager.yml", "alertmanager/templates/stackgen.tmpl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(generated[name], encoding="utf-8")
    if program == "image":
        image = conventions.IMAGES["alertmanager"]
        present = (
            subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode == 0
        )
        require(present, f"{image} is not here; `make images` builds a stand-in")
        mount = f"{tmp_path / 'alertmanager'}:/etc/alertmanager:ro"
        command = ["docker", "run", "--rm", "--network=none", "-v", mount, "--entrypoint=amtool", image]
        done = subprocess.run(
            [*command, "check-config", "/etc/alertmanager/alertmanager.yml"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    else:
        amtool = binary("amtool")
        done = subprocess.run(
            [amtool.path, "check-config", str(tmp_path / "alertmanager" / "alertmanager.yml")],
            env=os.environ | dict(amtool.environment), cwd=amtool.directory,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 templates" in done.stdout
