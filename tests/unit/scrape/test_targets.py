"""Asking for metrics: what comes back, and one clear line where it is not that."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from stackgen.findings import StackgenError
from stackgen.scrape.fetching import Access, access, shown, unpacked
from stackgen.scrape.targets import read, resolve

_TEXT = b"# TYPE a_total counter\na_total 1\n"


class Page(BaseHTTPRequestHandler):
    """Answers as its class says, and keeps the headers of the last request."""

    status, body = 200, _TEXT
    sent: ClassVar[dict[str, str]] = {}
    asked: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        type(self).asked = {key.lower(): value for key, value in self.headers.items()}
        self.send_response(self.status)
        for name, value in self.sent.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@contextmanager
def serving(status: int = 200, body: bytes = _TEXT, **sent: str) -> Iterator[tuple[str, type[Page]]]:
    headers = {name.replace("_", "-"): value for name, value in sent.items()}
    page = type("Answer", (Page,), {"status": status, "body": body, "sent": headers, "asked": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/metrics", page
        finally:
            server.shutdown()


def problem(url: str, by: Access | None = None) -> str:
    by = by or Access(seconds=20)
    with pytest.raises(StackgenError) as error:
        read(resolve([url], by)[0], by)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(f"{url}: ")


@pytest.mark.parametrize(
    ("status", "body", "sent", "expected"),
    [
        (404, b"", {}, "answers 404 Not Found; check the path, which is /metrics most often"),
        (401, b"", {}, "answers 401 Unauthorized; give --bearer-token-file FILE or --header"),
        (503, b"", {}, "answers 503 Service Unavailable; see the log of the server"),
        (200, b"<!DOCTYPE html><html>", {}, "is a web page and no metrics"),
        (200, b"hello", {"Content_Type": "text/html"}, "is a web page and no metrics"),
        (200, b'{"a": 1}', {}, "is JSON and no metrics"),
        (200, b"", {}, "is empty"),
        (200, b"\xff\xfea", {}, "byte 0xff is not UTF-8"),
        (200, gzip.compress(_TEXT, mtime=0)[:-9], {"Content_Encoding": "gzip"}, "its gzip data end too early"),
        (200, b"\x1f\x8bnonsense", {"Content_Encoding": "gzip"}, "its gzip data are damaged"),
        (200, _TEXT, {"Content_Encoding": "br"}, "answers packed with 'br'"),
    ],
)
def test_what_is_no_metrics_is_said_in_one_line(status: int, body: bytes, sent: dict[str, str], expected: str) -> None:
    with serving(status, body, **sent) as (url, _):
        assert expected in problem(url)


def test_nobody_there_is_said_in_one_line() -> None:
    assert problem("http://127.0.0.1:1/metrics") == "cannot be asked: Connection refused; check the address"


def test_packed_pages_are_unpacked() -> None:
    with serving(body=gzip.compress(_TEXT), Content_Encoding="gzip") as (url, page):
        assert list(read(resolve([url], Access())[0], Access()).families) == ["a_total"]
        assert "openmetrics" in page.asked["accept"]


def test_what_unpacks_to_too_much_is_stopped() -> None:
    with pytest.raises(StackgenError, match="holds more than 1,000 bytes unpacked"):
        unpacked(gzip.compress(b"a" * 1_000_000), "page", 1_000)


def test_headers_tokens_and_passwords_are_sent_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    by = access(["X-Scope-OrgID: 7"], str(tmp_path / "token"), None, 20)
    with serving() as (url, page):
        read(resolve([url], by)[0], by)
        assert (page.asked["x-scope-orgid"], page.asked["authorization"]) == ("7", "Bearer s3cret")
        with_user = url.replace("http://", "http://ada:pw@")
        (target,) = resolve([with_user], Access(seconds=20))
        read(target, Access(seconds=20))
        assert page.asked["authorization"] == "Basic YWRhOnB3"
        assert target.reference == url
    assert "s3cret" not in repr(by)
    assert shown("https://ada:pw@host/metrics?token=x") == "https://host/metrics"


def test_secrets_do_not_follow_a_redirect_to_another_host(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret")
    by = access([], str(tmp_path / "token"), None, 20)
    with serving() as (elsewhere, other), serving(302, b"", Location=elsewhere) as (url, _):
        read(resolve([url], by)[0], by)
        assert "authorization" not in other.asked


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((["nonsense"], None, None, 1), "--header: 'nonsense' is no header; write 'Name: value'"),
        (([], "/nonexistent", None, 1), "/nonexistent: the token cannot be read: No such file or directory"),
        (([], None, "/nonexistent", 1), "/nonexistent: no such file of certificates; check the path"),
        (([], None, None, 0), "--timeout 0: there has to be some time; write seconds, 10 for example"),
    ],
)
def test_ways_to_ask_that_cannot_be(arguments: tuple[list[str], str | None, str | None, float], expected: str) -> None:
    with pytest.raises(StackgenError) as error:
        access(*arguments)
    assert expected in str(error.value)


def test_a_bare_address_that_is_no_prometheus_means_its_metrics() -> None:
    with serving(404) as (url, _):
        (target,) = resolve([url.removesuffix("/metrics")], Access(seconds=20))
        assert (target.reference, target.job) == (url, None)


def test_files_packed_or_not_are_read(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(_TEXT)
    (tmp_path / "packed.gz").write_bytes(gzip.compress(_TEXT))
    for name in ("plain", "packed.gz"):
        assert list(read(resolve([str(tmp_path / name)], Access())[0], Access()).families) == ["a_total"]
    assert problem(str(tmp_path / "none")).startswith("cannot be read: no such file or directory")
    assert problem(str(tmp_path)).startswith("cannot be read: is a directory")
