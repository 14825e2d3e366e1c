"""Who is told of alerts: receivers, and whether each can be reached."""

from __future__ import annotations

from typing import Any

from stackgen.definition.context import Context, listed
from stackgen.definition.model import Heartbeat, Receiver, Severity
from stackgen.definition.tree import Path

KINDS = ("webhook", "email", "slack", "pagerduty")

#: Names of receivers of the stack's own: its page, and whoever is told that alerts get through.
PAGE, HEARTBEAT = "stack", "heartbeat"
_RESERVED = {PAGE: "the stack's own receiver", HEARTBEAT: "the receiver of `stack.heartbeat`"}

#: How often a heartbeat is sent if nothing is said, and at least, in seconds.
_EVERY, _LEAST = 60.0, 10.0

#: Settings of ours that Alertmanager knows under another name (Alertmanager, "Configuration").
_RENAMED = {"username": "auth_username", "password_file": "auth_password_file"}


def build_receivers(context: Context, raws: dict[str, Any]) -> dict[str, Receiver]:
    """Read the receivers."""
    receivers = {}
    for name, raw in raws.items():
        path = ("stack", "receivers", name)
        if name in _RESERVED:
            context.report(path, f"{name!r} is {_RESERVED[name]}", "choose another name", at_key=True)
        kinds = [kind for kind in KINDS if kind in raw]
        if len(kinds) != 1:
            if kinds or not context.damaged(path):
                problem = f"{' and '.join(kinds)} at once" if kinds else "the receiver has no kind"
                context.report(path, problem, f"give one of {', '.join(KINDS)}", at_key=True)
            continue
        (kind,) = kinds
        if kind == "email" and ("username" in raw[kind]) != ("password_file" in raw[kind]):
            context.report((*path, kind), "user name and password go together", "give both or none", at_key=True)
        if kind == "webhook":
            _one_address(context, (*path, kind), raw[kind])
        severities = tuple(Severity(each) for _, each in listed(raw.get("severities") or ("critical", "warning")))
        receivers[name] = _receiver(name, kind, raw[kind], severities)
    return receivers


def build_heartbeat(context: Context, raw: dict[str, Any] | None) -> Heartbeat | None:
    """Read who is told that alerts get through, if anybody is."""
    if raw is None:
        return None
    path = ("stack", "heartbeat")
    address = {key: value for key, value in raw.items() if key != "every"}
    _one_address(context, path, address)
    every = context.seconds((*path, "every"), raw.get("every"), _EVERY, least=_LEAST)
    return Heartbeat(receiver=_receiver(HEARTBEAT, "webhook", address), every=every)


def _receiver(name: str, kind: str, settings: dict[str, Any], severities: tuple[Severity, ...] = ()) -> Receiver:
    return Receiver(
        name=name,
        kind=kind,
        settings={_RENAMED.get(key, key): text for key, text in settings.items() if not key.endswith("_file")},
        secrets={_RENAMED.get(key, key): text for key, text in settings.items() if key.endswith("_file")},
        severities=severities,
    )


def _one_address(context: Context, path: Path, settings: dict[str, Any]) -> None:
    if len(settings) != 1 and not context.damaged(path):
        context.report(path, f"a {path[-1]} needs either url or url_file", "give one of them", at_key=True)
