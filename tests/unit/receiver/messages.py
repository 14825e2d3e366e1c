"""Messages as Alertmanager's webhook sends them."""

from __future__ import annotations

import json
from typing import Any


def alert(name: str = "CacheErrorRatioHigh", status: str = "firing", **changes: Any) -> dict[str, Any]:
    defaults = {
        "status": status,
        "labels": {"alertname": name, "severity": "critical", "cache": "sessions", "job": "cache"},
        "annotations": {
            "summary": "sessions: 7.4% of operations fail",
            "description": "More than 5 % of the operations on sessions (redis) failed.",
            "runbook_url": f"http://127.0.0.1:9095/runbooks/cache/{name}",
        },
        "startsAt": "2026-11-21T03:35:55.853261430Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://127.0.0.1:9090/graph?g0.expr=x",
        "fingerprint": f"fp-{name}",
    }
    return defaults | changes


def message(*alerts: dict[str, Any], **changes: Any) -> bytes:
    data = {
        "version": "4",
        "groupKey": "{}:{alertname='CacheErrorRatioHigh'}",
        "status": "firing",
        "receiver": "stack",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://127.0.0.1:9093",
        "alerts": list(alerts),
    }
    return json.dumps(data | changes).encode()
