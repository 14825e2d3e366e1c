"""What the receiver keeps of what arrives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stackgen.stack.receiver.inbox import Inbox, MalformedMessageError, firing, parse_message
from tests.unit.receiver.messages import alert, message

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_message_is_read_as_alertmanager_sent_it() -> None:
    read = parse_message(message(alert()), NOW)
    assert read.status == "firing"
    assert read.receiver == "stack"
    (only,) = read.alerts
    assert only.name == "CacheErrorRatioHigh"
    assert only.labels["cache"] == "sessions"
    assert only.annotations["runbook_url"].endswith("/runbooks/cache/CacheErrorRatioHigh")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"alerts": {}}',
        b'{"alerts": [1]}',
        b'{"alerts": [{"labels": [1]}]}',
        b'{"alerts": [{"labels": {"a": 1}}]}',
        b'{"alerts": [{"startsAt": 1}]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_message_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(MalformedMessageError, match="not "):
        parse_message(body, NOW)


def test_the_newest_messages_are_kept() -> None:
    inbox = Inbox(messages=2)
    for second in range(3):
        inbox.add(parse_message(message(alert()), NOW + timedelta(seconds=second)))
    assert [kept.received_at.second for kept in inbox.newest_first()] == [2, 1]
    assert inbox.arrived == 3


def test_large_messages_make_older_ones_go_sooner() -> None:
    body = message(alert(annotations={"summary": "x" * 1000}))
    inbox = Inbox(octets=3 * len(body))
    for second in range(10):
        inbox.add(parse_message(body, NOW + timedelta(seconds=second)))
    assert [kept.received_at.second for kept in inbox.newest_first()] == [9, 8, 7]


def test_a_message_larger_than_the_bound_is_kept_alone() -> None:
    inbox = Inbox(octets=1)
    inbox.add(parse_message(message(alert()), NOW))
    assert len(inbox.newest_first()) == 1


def test_an_alert_fires_until_a_later_message_resolves_it() -> None:
    inbox = Inbox()
    inbox.add(parse_message(message(alert("A"), alert("B")), NOW))
    inbox.add(parse_message(message(alert("A", "resolved")), NOW))
    assert [found.name for found in firing(inbox.newest_first())] == ["B"]


def test_alerts_without_a_fingerprint_are_told_apart_by_their_labels() -> None:
    inbox = Inbox()
    inbox.add(parse_message(message(alert("A", fingerprint=""), alert("B", fingerprint="")), NOW))
    assert {found.name for found in firing(inbox.newest_first())} == {"A", "B"}
