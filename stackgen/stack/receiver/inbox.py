"""What has arrived: Alertmanager's webhook messages, the newest of them, in memory."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from stackgen.findings import StackgenError


class MalformedMessageError(StackgenError):
    """A message that is not Alertmanager's; its text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert of a message, as Alertmanager described it."""

    status: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: str
    ends_at: str
    generator_url: str
    fingerprint: str

    @property
    def name(self) -> str:
        """The alert's name."""
        return self.labels.get("alertname", "")

    @property
    def firing(self) -> bool:
        """Whether it goes on."""
        return self.status == "firing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One webhook message: alerts that belong together, and when they arrived."""

    received_at: datetime
    status: str
    receiver: str
    alerts: tuple[Alert, ...]
    #: How long the message was, in bytes.
    size: int


def parse_message(body: bytes, received_at: datetime) -> Message:
    """Read a message of Alertmanager's webhook (version 4 of its format).

    Raises MalformedMessageError.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedMessageError(f"not JSON: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("alerts"), list):
        raise MalformedMessageError("not a message of Alertmanager's webhook: it has no list `alerts`")
    return Message(
        received_at=received_at,
        status=_text(data, "status"),
        receiver=_text(data, "receiver"),
        alerts=tuple(_alert(alert) for alert in data["alerts"]),
        size=len(body),
    )


def _alert(data: object) -> Alert:
    if not isinstance(data, dict):
        raise MalformedMessageError("not a message of Alertmanager's webhook: an alert is not an object")
    labels = _texts(data, "labels")
    return Alert(
        status=_text(data, "status"),
        labels=labels,
        annotations=_texts(data, "annotations"),
        starts_at=_text(data, "startsAt"),
        ends_at=_text(data, "endsAt"),
        generator_url=_text(data, "generatorURL"),
        # Without a fingerprint the labels tell one alert from another.
        fingerprint=_text(data, "fingerprint") or json.dumps(labels, sort_keys=True),
    )


def _text(data: Mapping[str, object], key: str) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        raise MalformedMessageError(f"not a message of Alertmanager's webhook: `{key}` is not text")
    return value


def _texts(data: Mapping[str, object], key: str) -> dict[str, str]:
    value = data.get(key) or {}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise MalformedMessageError(f"not a message of Alertmanager's webhook: `{key}` does not map text to text")
    return value


@dataclass(slots=True)
class Inbox:
    """The newest messages, bounded in number and in bytes; any thread may add and look."""

    messages: int = 200
    octets: int = 8 * 1024 * 1024
    _kept: deque[Message] = field(default_factory=deque, init=False)
    _arrived: int = field(default=0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def add(self, message: Message) -> None:
        """Keep a message; the oldest ones make room for it."""
        with self._lock:
            self._kept.append(message)
            self._arrived += 1
            while len(self._kept) > self.messages or (
                len(self._kept) > 1 and sum(kept.size for kept in self._kept) > self.octets
            ):
                self._kept.popleft()

    def newest_first(self) -> tuple[Message, ...]:
        """What is kept."""
        with self._lock:
            return tuple(reversed(self._kept))

    @property
    def arrived(self) -> int:
        """How many messages have arrived since the start, with those that made room."""
        with self._lock:
            return self._arrived


def firing(messages: tuple[Message, ...]) -> tuple[Alert, ...]:
    """Alerts whose latest message says that they fire; `messages` is newest first."""
    latest: dict[str, Alert] = {}
    for message in messages:
        for alert in message.alerts:
            latest.setdefault(alert.fingerprint, alert)
    return tuple(alert for alert in latest.values() if alert.firing)
