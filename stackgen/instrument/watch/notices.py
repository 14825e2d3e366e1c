"""What is told of an alert, and to whom: a webhook, mail, or any function that takes a `Notice`."""

from __future__ import annotations

import json
import math
import smtplib
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from stackgen.runtime import Alert

_MINUTE = 60
_PREFIXES = (("Ti", 2.0**40), ("Gi", 2.0**30), ("Mi", 2.0**20), ("Ki", 2.0**10))
_SUFFIXES = {"ratio": "%", "seconds": " s", "bytes": " B", "per_second": "/s", "bytes_per_second": " B/s"}


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert that has begun to fire, or has ended."""

    name: str
    firing: bool
    #: The signal's value, in its unit; None where it has none any more.
    value: float | None
    labels: Mapping[str, str]
    severity: str
    summary: str
    #: The page that says what to do.
    runbook: str
    #: When it was found out.
    at: datetime
    #: When the alert began to fire.
    began: datetime

    @classmethod
    def of(
        cls,
        alert: Alert,
        labels: Mapping[str, str],
        value: float | None,
        *,
        firing: bool,
        at: datetime,
        began: datetime,
    ) -> Notice:
        """The notice of an alert."""
        summary = alert.summary
        for name, text in {**labels, "value": _written(value, alert.unit)}.items():
            summary = summary.replace(f"{{{name}}}", text)
        return cls(alert.name, firing, value, labels, alert.severity, summary, alert.runbook, at, began)

    @property
    def all_labels(self) -> dict[str, str]:
        """The labels as Alertmanager knows them, the alert's name and severity among them."""
        return {"alertname": self.name, "severity": self.severity, **self.labels}

    def json(self) -> dict[str, object]:
        """As Alertmanager writes an alert in its webhooks (version 4)."""
        return {
            "status": "firing" if self.firing else "resolved",
            "labels": self.all_labels,
            "annotations": {"summary": self.summary, "runbook_url": self.runbook},
            "startsAt": self.began.isoformat(),
            "endsAt": "0001-01-01T00:00:00Z" if self.firing else self.at.isoformat(),
            # A Prometheus would link to its graph here.
            "generatorURL": "",
            "fingerprint": fingerprint(self.all_labels),
        }


def fingerprint(labels: Mapping[str, str]) -> str:
    """What Alertmanager knows an alert by: the FNV-1a hash of its labels, in their order.

    (prometheus/common, model/signature.go, labelSetToFingerprint.)
    """
    found = 0xCBF29CE484222325
    for byte in b"".join(name.encode() + b"\xff" + labels[name].encode() + b"\xff" for name in sorted(labels)):
        found = (found ^ byte) * 0x100000001B3 % 2**64
    return f"{found:016x}"


def _written(value: float | None, unit: str) -> str:
    if value is None:
        return "no"
    if unit == "seconds" and _MINUTE <= abs(value) < math.inf:
        return _duration(value)
    prefix = ""
    if unit.startswith("bytes"):
        value, prefix = next(((value / size, each) for each, size in _PREFIXES if abs(value) >= size), (value, prefix))
    return f"{_plain(100 * value if unit == 'ratio' else value)}{_SUFFIXES.get(unit, '').replace('B', f'{prefix}B')}"


def _plain(value: float) -> str:
    """A number without an exponent, unless it is beyond what anybody reads."""
    text = f"{value:.4g}"
    return f"{value:.0f}" if "e" in text and 1 <= abs(value) < 1e15 else text


def _duration(value: float) -> str:
    """Seconds as Prometheus's `humanizeDuration` writes them, but for what is nothing: `1d 2h`."""
    left = abs(round(value))
    parts = []
    for suffix, size in (("d", 86400), ("h", 3600), ("m", _MINUTE), ("s", 1)):
        if count := left // size:
            parts.append(f"{count}{suffix}")
        left %= size
    return f"{'-' if value < 0 else ''}{' '.join(parts)}"


class Webhook:
    """Posts each notice to an address as Alertmanager would, so that what takes its webhooks takes these."""

    def __init__(self, url: str, *, timeout: float = 5.0) -> None:
        if not url.startswith(("http://", "https://")):
            message = f"a webhook's address begins with http:// or https://, not {url!r}"
            raise ValueError(message)
        self._url = url
        self._timeout = timeout

    def __call__(self, notice: Notice) -> None:
        """Post it. Raises OSError where it is not taken."""
        alert = notice.json()
        labels = notice.all_labels
        body = {
            "version": "4",
            # Each alert is a group of its own, as with `group_by: ['...']`.
            "groupKey": f"{{}}:{{{', '.join(f'{name}={json.dumps(labels[name])}' for name in sorted(labels))}}}",
            "truncatedAlerts": 0,
            "status": alert["status"],
            "receiver": "watch",
            "groupLabels": labels,
            "commonLabels": labels,
            "commonAnnotations": alert["annotations"],
            # An Alertmanager would link to itself here.
            "externalURL": "",
            "alerts": [alert],
        }
        request = urllib.request.Request(  # noqa: S310 - http and https alone, see above
            self._url, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=self._timeout):  # noqa: S310
            pass


class Mail:
    """Sends each notice by a mail server that takes it from this host."""

    def __init__(
        self, to: Sequence[str], sender: str, *, host: str = "127.0.0.1", port: int = 25, timeout: float = 10.0
    ) -> None:
        self._to = to
        self._sender = sender
        self._server = (host, port, timeout)

    def __call__(self, notice: Notice) -> None:
        """Send it. Raises OSError where it is not taken."""
        message = EmailMessage()
        message["From"], message["To"] = self._sender, ", ".join(self._to)
        state = "firing" if notice.firing else "resolved"
        message["Subject"] = f"[{state}] {notice.name}: {' '.join(notice.summary.split())}"
        labels = "".join(f"{name}: {value}\n" for name, value in notice.labels.items())
        message.set_content(f"{notice.summary}\n\nseverity: {notice.severity}\n{labels}{notice.runbook}\n")
        host, port, timeout = self._server
        with smtplib.SMTP(host, port, timeout=timeout) as server:
            server.send_message(message)
