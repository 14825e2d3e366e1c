"""The receiver over HTTP, as Alertmanager, people and tests use it."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stackgen.stack.receiver.inbox import Inbox
from stackgen.stack.receiver.server import MAX_MESSAGE, ReceiverServer
from tests.serving import serving
from tests.unit.receiver.messages import alert, message
from tests.waiting import wait_for


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def get(self, path: str) -> str:
        status, text = self.request("GET", path)
        assert status == 200, text
        return text

    def post(self, body: bytes, path: str = "/alerts") -> tuple[int, str]:
        return self.request("POST", path, body)

    def alerts(self) -> dict[str, Any]:
        data = json.loads(self.get("/alerts"))
        assert isinstance(data, dict)
        return data


@pytest.fixture
def runbooks(tmp_path: Path) -> Path:
    folder = tmp_path / "runbooks"
    (folder / "cache").mkdir(parents=True)
    (folder / "cache" / "CacheErrorRatioHigh.md").write_text("# CacheErrorRatioHigh\n\n- one `cause`\n")
    (tmp_path / "secret.md").write_text("secret")
    return folder


@pytest.fixture
def client(runbooks: Path) -> Iterator[Client]:
    with serving(ReceiverServer(("127.0.0.1", 0), Inbox(), runbooks)) as server:
        yield Client(server.server_port)


def test_it_is_healthy(client: Client) -> None:
    assert json.loads(client.get("/health")) == {"status": "healthy"}


def test_before_anything_arrives_it_says_so(client: Client) -> None:
    assert "Nothing has arrived yet" in client.get("/")
    assert client.alerts() == {"arrived": 0, "messages": []}


def test_what_arrives_can_be_read_as_json(client: Client) -> None:
    assert client.post(message(alert()))[0] == 200
    (received,) = client.alerts()["messages"]
    (only,) = received["alerts"]
    assert only == alert()


def test_the_page_shows_what_somebody_who_is_paged_needs(client: Client) -> None:
    client.post(message(alert()))
    text = client.get("/")
    for word in (
        "Firing now (1)",
        "critical firing",
        "CacheErrorRatioHigh",
        "sessions: 7.4% of operations fail",
        "More than 5 % of the operations",
        "cache=sessions",
        "href='http://127.0.0.1:9095/runbooks/cache/CacheErrorRatioHigh'",
        "2026-11-21 03:35:55 UTC",
    ):
        assert word in text


def test_an_alert_that_is_over_stays_in_the_list_of_what_arrived(client: Client) -> None:
    client.post(message(alert()))
    client.post(message(alert(status="resolved"), status="resolved"))
    text = client.get("/")
    assert "Firing now (0)" in text
    assert "Nothing fires." in text
    assert ">resolved</span>" in text
    assert [m["status"] for m in client.alerts()["messages"]] == ["resolved", "firing"]


def test_nothing_in_an_alert_becomes_markup(client: Client) -> None:
    evil = "<script>alert(1)</script>'\""
    client.post(
        message(
            alert(
                evil,
                labels={"alertname": evil, evil: evil, "severity": evil},
                annotations={"summary": evil, "description": evil, "runbook_url": "javascript:alert(1)"},
                startsAt=evil,
                generatorURL="http://[broken",
            )
        )
    )
    text = client.get("/")
    assert "<script" not in text
    assert "javascript:" not in text
    assert evil not in text
    assert "&lt;script&gt;" in text


def test_pages_may_load_and_run_nothing(client: Client) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)
    connection.request("GET", "/")
    policy = connection.getresponse().headers["Content-Security-Policy"]
    connection.close()
    assert policy.startswith("default-src 'none'")


def test_a_runbook_is_shown(client: Client) -> None:
    text = client.get("/runbooks/cache/CacheErrorRatioHigh")
    assert "<h1>CacheErrorRatioHigh</h1>" in text
    assert "<li>one <code>cause</code></li>" in text
    assert "/runbooks/cache/CacheErrorRatioHigh" in client.get("/runbooks")


@pytest.mark.parametrize(
    "path",
    [
        "/runbooks/cache/Missing",
        "/runbooks/../secret",
        "/runbooks/%2e%2e/secret",
        "/runbooks/cache/..%2f..%2fsecret",
        "/runbooks/cache%2f..%2f../secret",
        "/runbooks/cache/CacheErrorRatioHigh%00",
        "/runbooks/cache/CacheErrorRatioHigh.md",
        "/runbooks/cache/CacheErrorRatioHigh%0a",
        "/nothing",
        "/runbooks/a/b/c",
    ],
)
def test_no_other_file_can_be_reached(client: Client, path: str) -> None:
    status, text = client.request("GET", path)
    assert status == 404
    assert "secret</" not in text
    assert "All alerts" in text


def test_without_a_folder_there_are_no_runbooks() -> None:
    with serving(ReceiverServer(("127.0.0.1", 0), Inbox(), None)) as server:
        assert Client(server.server_port).request("GET", "/runbooks/cache/X")[0] == 404
        assert "There are none." in Client(server.server_port).get("/runbooks")


def test_what_is_no_message_is_refused(client: Client) -> None:
    status, text = client.post(b"{}")
    assert status == 400
    assert "no list `alerts`" in json.loads(text)["error"]
    assert client.alerts()["arrived"] == 0


def test_a_message_that_is_too_long_is_refused_before_it_is_read(client: Client) -> None:
    with socket.create_connection(("127.0.0.1", client.port), timeout=60) as connection:
        connection.sendall(f"POST /alerts HTTP/1.1\r\nHost: x\r\nContent-Length: {MAX_MESSAGE + 1}\r\n\r\n".encode())
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("length", ["", "x", "-1", "\u0662"])
def test_a_message_without_a_length_is_refused(client: Client, length: str) -> None:
    header = f"Content-Length: {length}\r\n" if length else ""
    with socket.create_connection(("127.0.0.1", client.port), timeout=60) as connection:
        connection.sendall(f"POST /alerts HTTP/1.1\r\nHost: x\r\n{header}\r\n".encode())
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 411 ")


def test_alerts_are_posted_to_one_address(client: Client) -> None:
    assert client.post(message(alert()), "/")[0] == 404
    assert client.alerts()["arrived"] == 0


def test_a_connection_is_used_again(client: Client) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)
    for _ in range(2):
        connection.request("POST", "/alerts", message(alert()))
        assert connection.getresponse().read() == b'{"alerts": 1}\n'
    connection.request("HEAD", "/alerts")
    assert connection.getresponse().read() == b""
    connection.close()
    assert client.alerts()["arrived"] == 2


def test_messages_may_arrive_at_once(client: Client) -> None:
    threads = [threading.Thread(target=client.post, args=(message(alert()),)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.alerts()["arrived"] == 20


def test_a_client_that_goes_without_a_word_leaves_nothing_in_the_log(
    client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    before = threading.active_count()
    with socket.create_connection(("127.0.0.1", client.port)) as gone:
        gone.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert gone.recv(15) == b"HTTP/1.1 200 OK"
        # Closing it resets the connection, on which the server waits for the next request.
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_for("the server lets it go", lambda: threading.active_count() <= before)
    assert capfd.readouterr().err == ""
