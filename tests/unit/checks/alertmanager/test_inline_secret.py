"""alertmanager/inline-secret."""

from __future__ import annotations

import pytest

from tests.unit.checks.asking import files

ID = "alertmanager/inline-secret"


def found(receiver: str, head: str = "") -> list[str]:
    text = f"{head}route: {{receiver: a}}\nreceivers: [{{name: a, {receiver}}}]"
    return [each.problem for each in files(ID, {"alertmanager.yml": text})]


@pytest.mark.parametrize(
    ("receiver", "key"),
    [
        ("pagerduty_configs: [{routing_key: abc}]", "routing_key"),
        ("slack_configs: [{api_url: 'https://hooks.example.org/x'}]", "api_url"),
        ("webhook_configs: [{url: x, http_config: {basic_auth: {username: a, password: b}}}]", "password"),
        ("email_configs: [{to: a, auth_password: b}]", "auth_password"),
    ],
)
def test_a_secret_that_is_written_out_is_found(receiver: str, key: str) -> None:
    assert found(receiver) == [f"{key} is written out"]


def test_global_ones_too() -> None:
    assert found("webhook_configs: []", "global: {slack_api_url: 'https://x'}\n") == ["slack_api_url is written out"]


def test_files_and_what_a_deployment_fills_in_are_right() -> None:
    assert found("pagerduty_configs: [{routing_key_file: /run/secrets/x}]") == []
    assert found("pagerduty_configs: [{routing_key: '${PAGERDUTY_KEY}'}]") == []
    assert found("webhook_configs: [{url: 'http://127.0.0.1/x'}]") == []
