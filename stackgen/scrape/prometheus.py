"""Prometheus's HTTP API, with a bound on every answer and on all of them; and what one job's targets expose by it."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from stackgen.findings import StackgenError
from stackgen.scrape.families import Family, FamilyType, Metadata, Sample, gather, number, without_labels
from stackgen.scrape.fetching import Access, HttpError, get, shown

#: Longest that all answers may take together, in seconds.
_ALL_SECONDS = 60.0
#: Largest answer that is read; the metadata of 100,000 metrics is a tenth of this.
_MAX_BYTES = 256_000_000
#: Labels that Prometheus itself puts on what it scrapes.
_TARGET = frozenset({"job", "instance"})
#: Names of the series that it makes for each target.
_MADE = ("up", "scrape_", "ALERTS")


class Api:
    """The API of one Prometheus. Errors are StackgenErrors, one line each."""

    def __init__(self, url: str, access: Access | None = None) -> None:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise StackgenError(f"{url}: is no address of a Prometheus; write http://HOST:9090")
        self._url = url.rstrip("/")
        self.name = shown(self._url)
        self._access = access or Access()
        self._end = time.monotonic() + max(_ALL_SECONDS, self._access.seconds)

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        """The data of an answer."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise StackgenError(
                f"{self.name}: did not answer all that was asked within {_ALL_SECONDS:.0f} s; try later"
            )
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        by = replace(self._access, seconds=min(left, self._access.seconds))
        try:
            body = get(f"{self._url}/api/v1/{path}{query}", by, max_bytes=_MAX_BYTES).body
        except HttpError as error:
            problem = f"{self.name}: answers {error.code} to /api/v1/{path}; is it a Prometheus?"
            raise HttpError(problem, error.code) from None
        try:
            document = json.loads(body)
        except ValueError as error:
            raise StackgenError(f"{self.name}: answers no JSON to /api/v1/{path}; is it a Prometheus?") from error
        return document.get("data") if isinstance(document, dict) else None

    def query(self, expr: str) -> list[tuple[dict[str, str], float]]:
        """The labels and values of an instant query."""
        answer = self.get("query", {"query": expr})
        result = answer.get("result") if isinstance(answer, dict) else None
        found = []
        for each in result if isinstance(result, list) else ():
            value = number(str(each["value"][1])) if isinstance(each, dict) and "value" in each else None
            if value is not None:
                found.append(({str(key): str(text) for key, text in each["metric"].items()}, value))
        return found


def answers(url: str, access: Access) -> bool:
    """Whether a Prometheus, or something that answers as one, is at an address."""
    try:
        names = Api(url, access).get("label/job/values")
    except StackgenError:
        return False
    return isinstance(names, list)


def jobs(api: Api) -> list[str]:
    """The jobs whose targets are scraped, by name."""
    found = {labels["job"] for labels, _ in api.query("count by (job) (up)") if "job" in labels}
    return sorted(found)


def families_of(api: Api, job: str) -> dict[str, Family]:
    """What the targets of a job expose now, all of them together, without the labels that Prometheus put on it.

    Names with a colon are those of recordings, which no target exposes.
    Raises StackgenError where there is no such job.
    """
    matcher = f"job={json.dumps(job, ensure_ascii=False)}"
    every = api.query(f'{{__name__!="", {matcher}}}')
    samples = [
        Sample(labels.pop("__name__"), labels, value)
        for labels, value in every
        if ":" not in (name := labels.get("__name__", ":")) and not name.startswith(_MADE)
    ]
    if not samples:
        known = ", ".join(jobs(api)[:20])
        raise StackgenError(f"{api.name}: has no metrics of the job {job!r} now; its jobs: {known or 'none'}")
    return without_labels(gather(samples, _metadata(api, matcher)), _target_labels(api, job))


def _target_labels(api: Api, job: str) -> frozenset[str]:
    """The labels that the targets of a job bring, by service discovery and relabelling, beside job and instance."""
    try:
        answer = api.get("targets", {"state": "active"})
    except HttpError:
        return _TARGET  # Thanos, Mimir and their like answer for several Prometheis and know no targets
    targets = answer.get("activeTargets") if isinstance(answer, dict) else None
    labels = [
        each["labels"]
        for each in (targets if isinstance(targets, list) else ())
        if isinstance(each, dict) and isinstance(each.get("labels"), dict) and each["labels"].get("job") == job
    ]
    return _TARGET.union(*labels)


def _metadata(api: Api, matcher: str) -> dict[str, Metadata]:
    """Types, helps and units by family: of the job's own targets, else of whatever the server knows."""
    try:
        entries = api.get("targets/metadata", {"match_target": f"{{{matcher}}}"})
    except HttpError:
        entries = None
    found: dict[str, Metadata] = {}
    for each in entries if isinstance(entries, list) else ():
        if isinstance(each, dict) and isinstance(each.get("metric"), str):
            found.setdefault(each["metric"], _entry(each))
    if found:
        return found
    every = api.get("metadata")
    for name, known in (every if isinstance(every, dict) else {}).items():
        if isinstance(known, list) and known and isinstance(known[0], dict):
            found[name] = _entry(known[0])
    return found


def _entry(raw: Mapping[str, Any]) -> Metadata:
    try:
        kind = FamilyType(str(raw.get("type", "")))
    except ValueError:
        kind = FamilyType.UNKNOWN
    return Metadata(kind, str(raw.get("help", "")), str(raw.get("unit", "")))


def moved(api: Api, job: str, names: Iterable[str], window: str) -> set[str]:
    """Those of the series' names whose values have changed within the window (`1h`)."""
    matcher = f"job={json.dumps(job, ensure_ascii=False)}"
    return {name for name in names if api.query(f"sum(changes({name}{{{matcher}}}[{window}])) > 0")}
