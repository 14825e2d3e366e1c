"""Who is told of alerts: receivers, and whether each can be reached."""

from __future__ import annotations

from typing import Any

from stackgen.definition.context import Context, listed
from stackgen.definition.model import Receiver, Severity

KINDS = ("webhook", "email", "slack", "pagerduty")

#: The stack's own receiver.
RESERVED = "stack"

#: Settings of ours that Alertmanager knows under another name (Alertmanager, "Configuration").
_RENAMED = {"username": "auth_username", "password_file": "auth_password_file"}


def build_receivers(context: Context, raws: dict[str, Any]) -> dict[str, Receiver]:
    """Read the receivers."""
    receivers = {}
    for name, raw in raws.items():
        path = ("stack", "receivers", name)
        if name == RESERVED:
            context.report(path, f"{name!r} is the stack's own receiver", "choose another name", at_key=True)
        kinds = [kind for kind in KINDS if kind in raw]
        if len(kinds) != 1:
            if kinds or not context.damaged(path):
                problem = f"{' and '.join(kinds)} at once" if kinds else "the receiver has no kind"
                context.report(path, problem, f"give one of {', '.join(KINDS)}", at_key=True)
            continue
        (kind,) = kinds
        settings = raw[kind]
        if kind == "webhook" and len(settings) != 1 and not context.damaged(path):
            context.report((*path, kind), "a webhook needs either url or url_file", "give one of them", at_key=True)
        receivers[name] = Receiver(
            name=name,
            kind=kind,
            settings={_RENAMED.get(key, key): text for key, text in settings.items() if not key.endswith("_file")},
            secrets={_RENAMED.get(key, key): text for key, text in settings.items() if key.endswith("_file")},
            severities=tuple(Severity(each) for _, each in listed(raw.get("severities") or ("critical", "warning"))),
        )
    return receivers
