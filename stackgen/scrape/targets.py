"""What a command line names as a place of metrics: an address, a file, the standard input, a job of a Prometheus."""

from __future__ import annotations

import sys
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.scrape import prometheus
from stackgen.scrape.exposition import parse
from stackgen.scrape.families import Family
from stackgen.scrape.fetching import MAX_BYTES, Access, Answer, get, shown, unpacked

#: What Prometheus asks for, so that names are those that it would store.
_ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
_OPENMETRICS = "application/openmetrics-text"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A place of metrics. `reference` is how people know it, without secrets."""

    reference: str
    #: The page to scrape, or the Prometheus to ask; None: a file.
    url: str | None = None
    #: The job at a Prometheus; None: the metrics are scraped or read.
    job: str | None = None
    #: The file to read, `-` for the standard input.
    file: str | None = None

    @property
    def place(self) -> str:
        """What findings name as the file that they are in."""
        return self.reference if self.job is None else f"{self.reference}#{self.job}"

    @property
    def scraped(self) -> bool:
        """Whether it can be read again, and will then have moved on."""
        return self.url is not None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a place exposed at one time."""

    target: Target
    families: Mapping[str, Family]

    @property
    def series(self) -> int:
        """How many samples there are."""
        return sum(len(each.samples) for each in self.families.values())


def resolve(references: Sequence[str], by: Access, job: str | None = None) -> list[Target]:
    """The places that references name.

    An address without a path is asked whether it is a Prometheus; if not, its `/metrics` is meant. Of a Prometheus,
    `job` says which targets; raises StackgenError where it has several and none is named. An address that ends in
    `/metrics` is a page, whatever `job` says.
    """
    return [_target(each, by, job) for each in dict.fromkeys(references)]


def _target(reference: str, by: Access, job: str | None) -> Target:
    if "://" not in reference:
        if job is not None:
            raise StackgenError(f"{reference}: is a file, which has no jobs; leave --job out")
        return Target(reference=reference if reference != "-" else "<stdin>", file=reference)
    parts = urllib.parse.urlsplit(reference)
    bare = parts.path in ("", "/") and not parts.query
    page = parts.path.endswith("/metrics") or (job is None and not bare)
    if page:
        return Target(reference=shown(reference), url=reference)
    if job is not None or prometheus.answers(reference, by):
        address = reference.rstrip("/")
        return Target(reference=shown(address), url=address, job=job or _only_job(address, by))
    url = urllib.parse.urlunsplit(parts._replace(path="/metrics"))
    return Target(reference=shown(url), url=url)


def _only_job(url: str, by: Access) -> str:
    known = prometheus.jobs(prometheus.Api(url, by))
    if len(known) != 1:
        which = f"knows the jobs {', '.join(known[:20])}; name one with --job" if known else "has scraped nothing yet"
        raise StackgenError(
            f"{shown(url)}: is a Prometheus and {which}, or name {shown(url)}/metrics for its own metrics"
        )
    return known[0]


def read(target: Target, by: Access) -> Reading:
    """What a place exposes now; raises StackgenError, one line, where that is no metrics."""
    if target.job is not None:
        assert target.url is not None
        return Reading(target, prometheus.families_of(prometheus.Api(target.url, by), target.job))
    answer = _from_file(target) if target.url is None else get(target.url, by, accept=_ACCEPT)
    openmetrics = {_OPENMETRICS: True, "text/plain": False}.get(answer.content_type)
    return Reading(target, parse(_text(answer, target), target.reference, openmetrics=openmetrics))


def _from_file(target: Target) -> Answer:
    assert target.file is not None
    try:
        if target.file == "-":
            body = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(target.file).open("rb") as file:
                body = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        cure = "name a file, or an address with http:// before it"
        raise StackgenError(f"{target.reference}: cannot be read: {reason}; {cure}") from None
    if len(body) > MAX_BYTES:
        raise StackgenError(f"{target.reference}: holds more than {MAX_BYTES:,} bytes; name a smaller file")
    return Answer(unpacked(body, target.reference) if body.startswith(_GZIP) else body, "")


def _text(answer: Answer, target: Target) -> str:
    """The body as text; what is obviously no metrics is told apart by what it is."""
    name, body = target.reference, answer.body
    start = body[:512].lstrip().lower()
    if answer.content_type == "text/html" or start.startswith((b"<!doctype", b"<html")):
        raise StackgenError(
            f"{name}: is a web page and no metrics; name the page of the metrics, .../metrics most often"
        )
    if answer.content_type == "application/json" or start.startswith((b"{\n", b'{"', b"[")):
        raise StackgenError(f"{name}: is JSON and no metrics; name the page of the metrics, .../metrics most often")
    if not start:
        raise StackgenError(f"{name}: is empty; wait until the exporter has something to expose, or name another page")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise StackgenError(
            f"{name}: line {line}: byte 0x{body[error.start]:02x} is not UTF-8, so this is no text; {_CURE}"
        ) from None


_CURE = "name a page in the text format of Prometheus"
