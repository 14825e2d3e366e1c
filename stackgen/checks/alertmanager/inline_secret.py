"""Secrets in the configuration itself."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.configurations import Alertmanager
from stackgen.checks.context import Context
from stackgen.definition.tree import Node
from stackgen.findings import Finding, Level

META = Meta(
    id="alertmanager/inline-secret",
    level=Level.ERROR,
    title="a secret in the configuration",
    why="The file is in version control, and Alertmanager's page of status is open to whoever reaches it.",
    on=Alertmanager,
)
#: Keys that hold secrets; each has a form that names a file.
_SECRETS = {
    "password": "password_file", "auth_password": "auth_password_file", "smtp_auth_password": "smtp_auth_password_file",
    "auth_secret": "auth_secret_file", "smtp_auth_secret": "smtp_auth_secret_file", "service_key": "service_key_file",
    "routing_key": "routing_key_file", "api_key": "api_key_file", "opsgenie_api_key": "opsgenie_api_key_file",
    "victorops_api_key": "victorops_api_key_file", "slack_api_url": "slack_api_url_file", "bot_token": "bot_token_file",
    "bearer_token": "bearer_token_file", "credentials": "credentials_file", "client_secret": "client_secret_file",
    "token": "token_file", "user_key": "user_key_file", "telegram_bot_token": "telegram_bot_token_file",
    "rocketchat_token": "rocketchat_token_file",
}  # fmt: skip
#: Receivers whose address is a secret, because whoever knows it can post.
_SECRET_ADDRESSES = {"slack_configs": "api_url", "discord_configs": "webhook_url", "msteams_configs": "webhook_url"}


def check(config: Alertmanager, _context: Context) -> Iterator[Finding]:
    """Passwords, keys and tokens that are written out."""
    yield from _secrets(config.root, "", "")


def _secrets(node: Node, path: str, section: str) -> Iterator[Finding]:
    """Secrets below a node; `section` is the last key above it."""
    if isinstance(node.value, list):
        for index, each in enumerate(node.value):
            yield from _secrets(each, f"{path}[{index}]", section)
    if not isinstance(node.value, dict):
        return
    for key, value in node.value.items():
        inner = f"{path}.{key}".removeprefix(".")
        address = _SECRET_ADDRESSES.get(section) == key
        if (key in _SECRETS or address) and isinstance(value.value, str) and value.value and "$" not in value.value:
            cure = f"put it into a file and name that: {_SECRETS.get(key, f'{key}_file')}"
            yield META.finding(value.place, inner, f"{key} is written out", cure)
        else:
            yield from _secrets(value, inner, key)
