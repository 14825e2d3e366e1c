import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stackgen.conventions import DISK_ROOM
from stackgen.stack.health import Check, FullDisk
from tests.serving import serving


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path.strip("/")))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def web() -> Iterator[int]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Answers)) as server:
        yield server.server_port


@contextmanager
def speaking(answer: bytes) -> Iterator[int]:
    """A server that gives one answer to the first who asks."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(("status", "well"), [(200, True), (204, True), (302, False), (404, False), (503, False)])
def test_over_http_only_success_counts(web: int, status: int, well: bool) -> None:
    assert Check("http", web, f"/{status}").passes() is well


@pytest.mark.parametrize(
    ("answer", "well"),
    [
        (b"+PONG\r\n", True),
        (b"-NOAUTH Authentication required.\r\n", True),
        (b"-LOADING Redis is loading\r\n", False),
        (b"", False),
    ],
)
def test_redis_is_well_when_it_takes_commands(answer: bytes, well: bool) -> None:
    with speaking(answer) as port:
        assert Check("redis", port).passes() is well


def test_what_speaks_another_language_is_not_well() -> None:
    with speaking(b"SSH-2.0-OpenSSH\r\n") as port:
        assert not Check("http", port).passes()
    with speaking(b"ERROR\r\n") as port:
        assert not Check("memcached", port).passes()


def test_what_says_nothing_is_not_well_after_the_time_it_has() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert Check("tcp", port).passes()
        assert not Check("http", port).passes(0.05)
        assert not Check("redis", port).passes(0.05)


@pytest.mark.parametrize("kind", ["http", "redis", "memcached", "tcp"])
def test_where_nobody_listens_nobody_is_well(kind: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert not Check(kind, unused.getsockname()[1]).passes()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("metrics", "full"),
    [
        (b"# TYPE prometheus_tsdb_wal_writes_failed_total counter\nprometheus_tsdb_wal_writes_failed_total 3\n", True),
        (b"prometheus_tsdb_wal_writes_failed_total 0\n", False),
        (b"up 1\n", False),
    ],
)
def test_a_disk_was_full_if_a_write_has_failed(metrics: bytes, full: bool) -> None:
    with speaking(b"HTTP/1.0 200 OK\r\n\r\n" + metrics) as port:
        assert FullDisk(port, "/nowhere").was_full() is full


def test_who_does_not_answer_has_no_full_disk() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not FullDisk(server.getsockname()[1], "/nowhere").was_full(0.05)


@pytest.mark.parametrize(("free", "room"), [(DISK_ROOM + 3000, True), (DISK_ROOM + 2999, False), (0, False)])
def test_there_is_room_for_the_largest_file_of_its_log(
    free: int, room: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wal" / "checkpoint.00000001").mkdir(parents=True)
    for number, size in enumerate((3000, 10)):
        (tmp_path / "wal" / f"{number:08}").write_bytes(bytes(size))
    disk = os.statvfs_result((1, 1, free, free, free, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    assert FullDisk(0, str(tmp_path)).has_room() is room


def test_a_folder_that_is_gone_has_no_room() -> None:
    assert not FullDisk(0, "/nowhere").has_room()
