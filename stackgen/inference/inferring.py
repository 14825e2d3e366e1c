"""From what a place exposes to the text of a definition that is known to be right."""

from __future__ import annotations

import tempfile
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from stackgen.definition import Definition, load
from stackgen.definition.tree import MAX_BYTES
from stackgen.findings import DefinitionError, StackgenError
from stackgen.inference.alerts import draft_alerts
from stackgen.inference.dashboards import dashboards
from stackgen.inference.document import alerts_text, comment, labels_text, metrics_text, scalar, section, signals_text
from stackgen.inference.draft import Draft, Keys
from stackgen.inference.limits import limit_signals
from stackgen.inference.metrics import common_name, draft_metrics, legal_name
from stackgen.inference.ratios import ratio_signals
from stackgen.inference.signals import metric_signals, up_signal
from stackgen.inference.words import title
from stackgen.scrape.families import Family
from stackgen.scrape.targets import Reading, Target

_LOCAL = ("127.0.0.1", "::1", "localhost")
_LEFT_OUT_LISTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What somebody wants other than by default."""

    name: str | None = None
    title: str | None = None
    #: The value of `job`; None: that of the Prometheus that was asked, else the definition's name.
    job: str | None = None
    #: Patterns of exposed names (`redis_*`) to keep, all if there are none, and to leave out.
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """A definition as text, and how much is in it."""

    text: str
    name: str
    metrics: int
    signals: int
    alerts: int
    dashboards: int


def infer(reading: Reading, wishes: Wishes, later: Reading | None = None) -> Inferred:
    """A definition of what a place exposes; `later` is a second reading, which tells what moves.

    Raises StackgenError where nothing is left to define, or too much for one definition.
    """
    families = _wanted(reading, wishes)
    draft = Draft(name=_name(reading, families.values(), wishes))
    draft_metrics(draft, families, later.families if later is not None else None)
    if not draft.metrics:
        raise StackgenError(
            f"{reading.target.reference}: none of its {len(families)} metrics can be defined: {draft.left_out[0]}"
        )
    keys = Keys()
    up = up_signal(keys)
    derived = [*ratio_signals(draft, keys), *limit_signals(draft, keys)]
    draft.signals = [*derived, *metric_signals(draft, keys), up]
    for each in draft_alerts(draft):
        if isinstance(each, str):
            draft.no_alerts.append(each)
        else:
            draft.alerts.append(each)
    heading = title(draft.name) if wishes.title is None else wishes.title
    head = [*_head(draft, reading, heading), *labels_text(draft), *metrics_text(draft)]
    body = [*signals_text(draft.signals), *alerts_text(draft)]
    stack = _stack(draft, reading.target, wishes)
    checked = _read("\n".join([*head, *body, *stack]) + "\n", reading)
    boards = dashboards(draft, checked)
    text = "\n".join([*head, *body, *section("dashboards", boards, _quiet(draft)), *stack]) + "\n"
    _read(text, reading)
    return Inferred(
        text=text,
        name=draft.name,
        metrics=len(draft.metrics),
        signals=len(draft.signals),
        alerts=len(draft.alerts),
        dashboards=len(boards),
    )


def _wanted(reading: Reading, wishes: Wishes) -> dict[str, Family]:
    kept = {
        name: family
        for name, family in reading.families.items()
        if (not wishes.keep or any(fnmatchcase(name, each) for each in wishes.keep))
        and not any(fnmatchcase(name, each) for each in wishes.drop)
    }
    if not kept:
        known = ", ".join(list(reading.families)[:5])
        raise StackgenError(f"{reading.target.reference}: no metric is left; it has {known} ...")
    return kept


def _name(reading: Reading, families: Iterable[Family], wishes: Wishes) -> str:
    if wishes.name is not None:
        if legal_name(wishes.name) != wishes.name:
            cure = f"did you mean '{legal_name(wishes.name)}'?" if legal_name(wishes.name) else "write a word"
            raise StackgenError(f"--name {wishes.name!r}: lower case letters, digits and _, 40 at most; {cure}")
        return wishes.name
    target = reading.target
    host = urllib.parse.urlsplit(target.reference).hostname or "" if target.url else ""
    stem = Path(target.file).name.partition(".")[0] if target.file not in (None, "-") else ""
    named = "" if host in _LOCAL or host.replace(".", "").isdigit() else host.partition(".")[0]
    candidates = (common_name(families), target.job or "", stem, named)
    return next((name for each in candidates if (name := legal_name(each))), "app")


def _head(draft: Draft, reading: Reading, heading: str) -> list[str]:
    target = reading.target
    whence = f"the job {target.job} at {target.reference}" if target.job is not None else target.reference
    lines = [
        *comment(
            f"Inferred by `stackgen infer` from {whence}: {len(draft.metrics)} metrics, {reading.series:,} series."
        ),
        *comment(
            "Names, types, units and labels are as exposed; what they mean together (ratios, limits) is guessed from "
            "names and labels, and thresholds are guesses too. Read it, put it right, and keep it: `stackgen verify` "
            "tells when the exporter and this file no longer agree."
        ),
    ]
    if draft.left_out:
        lines += ["#", "# Left out:"]
        for each in draft.left_out[:_LEFT_OUT_LISTED]:
            lines += comment(f"- {each}")
        if len(draft.left_out) > _LEFT_OUT_LISTED:
            lines.append(f"# - and {len(draft.left_out) - _LEFT_OUT_LISTED:,} more")
    return [
        *lines,
        "stackgen: 1",
        f"name: {draft.name}",
        f"title: {scalar(heading)}",
        f"description: {scalar(f'What {heading} exposes.')}",
    ]


def _quiet(draft: Draft) -> list[str]:
    quiet = [each.key for each in draft.signals if not each.live]
    if not quiet:
        return []
    shown = ", ".join(quiet[:40]) + (f" and {len(quiet) - 40} more" if len(quiet) > 40 else "")
    return [f"No panel, because there was nothing to show when this was written: {shown}."]


def _stack(draft: Draft, target: Target, wishes: Wishes) -> list[str]:
    job = wishes.job or target.job or draft.name
    body: dict[str, object] = {"jobs": [job]}
    remarks = []
    parts = urllib.parse.urlsplit(target.url or "")
    if target.job is None:
        remarks.append("The value of `job` that Prometheus gives these metrics: what its scrape configuration says.")
        if parts.scheme == "http" and parts.hostname:
            host = "host.docker.internal" if parts.hostname in _LOCAL else parts.hostname
            path = {"path": parts.path} if parts.path != "/metrics" else {}
            body["targets"] = [{"job": job, "addresses": [f"{host}:{parts.port or 80}"], **path}]
    return section("stack", body, remarks)


def _read(text: str, reading: Reading) -> Definition:
    """The definition that a text is; what is inferred is held to be right here, before anybody sees it."""
    size = len(text.encode())
    if size > MAX_BYTES:
        raise StackgenError(
            f"{reading.target.reference}: a definition of all of it would have {size:,} bytes, and {MAX_BYTES:,} are "
            "allowed; choose with --keep PATTERN and --drop PATTERN"
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "inferred.yaml"
        file.write_text(text, encoding="utf-8")
        try:
            return replace(load(file), source="inferred")
        except DefinitionError as error:
            # Whatever was read, what comes of it has to be right: this is no fault of the user's.
            raise AssertionError(f"what was inferred is no definition: {error.findings[0]}") from error
