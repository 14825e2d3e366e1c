"""HTTP GET with a bound on time and size, and one clear line where nothing usable comes back."""

from __future__ import annotations

import base64
import http.client
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stackgen.findings import StackgenError

#: Largest body that is read, unpacked; a million series take a fifth of this.
MAX_BYTES = 512_000_000
_CHUNK = 1 << 16
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to ask: headers (secrets among them, which no text shows), seconds in all, whom to trust."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    seconds: float = 10.0
    #: A file of certificates to trust beside none of the system's; None: the system's.
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A body and what the server says it is (lower case, without parameters)."""

    body: bytes
    content_type: str


class HttpError(StackgenError):
    """An answer with a status that is no success."""

    def __init__(self, text: str, code: int) -> None:
        self.code = code
        super().__init__(text)


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows redirects; what was given for one host is not shown to another."""

    def redirect_request(self, *arguments: object) -> urllib.request.Request | None:
        new = super().redirect_request(*arguments)  # type: ignore[arg-type]
        request = arguments[0]
        if new is not None and isinstance(request, urllib.request.Request) and new.host != request.host:
            new.headers = {key: value for key, value in new.headers.items() if key in ("Accept", "Accept-encoding")}
        return new


def access(headers: list[str], bearer_token_file: str | None, ca_file: str | None, seconds: float) -> Access:
    """What the command line says of how to ask; raises StackgenError for what cannot be used."""
    if seconds <= 0:
        raise StackgenError(f"--timeout {seconds:g}: there has to be some time; write seconds, 10 for example")
    found: dict[str, str] = {}
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip().replace("-", "").isalnum() or not value.strip().isprintable():
            raise StackgenError(f"--header: {name.strip()[:40]!r} is no header; write 'Name: value'")
        found[name.strip()] = value.strip()
    if bearer_token_file is not None:
        try:
            token = Path(bearer_token_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise StackgenError(f"{bearer_token_file}: the token cannot be read: {reason}; name another file") from None
        if not token or not token.isprintable() or not token.isascii():
            raise StackgenError(f"{bearer_token_file}: holds no token on one line; name a file with nothing else in it")
        found["Authorization"] = f"Bearer {token}"
    if ca_file is not None and not Path(ca_file).is_file():
        raise StackgenError(f"{ca_file}: no such file of certificates; check the path")
    return Access(headers=found, seconds=seconds, ca_file=ca_file)


def shown(url: str) -> str:
    """An address as it may stand in a text: without user, password and parameters."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def get(url: str, by: Access, *, accept: str = "*/*", max_bytes: int = MAX_BYTES) -> Answer:
    """What an address answers, unpacked.

    Raises StackgenError, one line with the address, the cause and a cure, where it answers nothing or an error.
    """
    name = shown(url)
    try:
        request = _request(url, by, accept)
        context = ssl.create_default_context(cafile=by.ca_file) if by.ca_file else None
        opener = urllib.request.build_opener(_SameHost, urllib.request.HTTPSHandler(context=context))
        end = time.monotonic() + by.seconds
        with opener.open(request, timeout=by.seconds) as answer:
            body = _read(answer, end, name, max_bytes)
            content_type = answer.headers.get_content_type()
            packed = answer.headers.get("Content-Encoding", "").lower()
    except urllib.error.HTTPError as error:
        error.close()
        raise HttpError(f"{name}: answers {error.code} {error.reason}; {_cure(error.code)}", error.code) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise StackgenError(f"{name}: cannot be asked: {_reason(error)}; check the address") from None
    if packed == "gzip" or (not packed and body.startswith(_GZIP)):
        body = unpacked(body, name, max_bytes)
    elif packed not in ("", "identity"):
        raise StackgenError(f"{name}: answers packed with {packed!r}; only gzip can be unpacked")
    return Answer(body, content_type)


def _request(url: str, by: Access, accept: str) -> urllib.request.Request:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StackgenError(f"{shown(url)}: is no address; write http://HOST:PORT/metrics")
    headers = {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": "stackgen", **by.headers}
    user, at, host = parts.netloc.rpartition("@")
    if at:
        credentials = base64.b64encode(urllib.parse.unquote(user).encode()).decode()
        headers.setdefault("Authorization", f"Basic {credentials}")
        url = urllib.parse.urlunsplit(parts._replace(netloc=host))
    return urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme is http or https, see above


def _read(answer: http.client.HTTPResponse, end: float, name: str, max_bytes: int) -> bytes:
    chunks, size = [], 0
    while chunk := answer.read1(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise StackgenError(f"{name}: answers more than {max_bytes:,} bytes; name a smaller page")
        if time.monotonic() > end:
            raise StackgenError(f"{name}: did not end its answer in time; give it longer with --timeout SECONDS")
    if answer.length:
        raise StackgenError(f"{name}: broke off its answer, {answer.length:,} bytes are missing; try again")
    return b"".join(chunks)


def unpacked(body: bytes, name: str, max_bytes: int = MAX_BYTES) -> bytes:
    """What gzip packed; raises StackgenError where it is damaged or too large."""
    parts, size = [], 0
    left = body
    try:
        while left:
            stream = zlib.decompressobj(wbits=31)
            parts.append(stream.decompress(left, max_bytes - size + 1))
            size += len(parts[-1])
            if size > max_bytes or stream.unconsumed_tail:
                raise StackgenError(f"{name}: holds more than {max_bytes:,} bytes unpacked; name a smaller page")
            if not stream.eof:
                raise StackgenError(f"{name}: its gzip data end too early; try again")
            left = stream.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise StackgenError(f"{name}: its gzip data are damaged ({error}); try again") from None
    return b"".join(parts)


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"{reason.verify_message} (--ca-file names certificates to trust)"
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return " ".join(text.split())


def _cure(code: int) -> str:
    if code in (401, 403):
        return "give --bearer-token-file FILE or --header 'Authorization: ...'"
    if code == 404:
        return "check the path, which is /metrics most often"
    return "see the log of the server"
