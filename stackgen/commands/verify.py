"""`stackgen verify`: hold what is exposed against its definition."""

from __future__ import annotations

import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from stackgen.checks.catalog import checks
from stackgen.checks.reports.text import line
from stackgen.commands.assuming import definitions_of
from stackgen.commands.check import failing, skipped, write_report
from stackgen.commands.infer import window_seconds
from stackgen.commands.progress import Progress
from stackgen.definition.quantities import duration, prometheus_duration
from stackgen.definition.words import nearest
from stackgen.findings import Finding, StackgenError
from stackgen.project import read_project
from stackgen.scrape.fetching import Access, access
from stackgen.scrape.targets import Target, resolve
from stackgen.verification.declared import declared
from stackgen.verification.observing import Observation
from stackgen.verification.verifying import AREA, Verified, observe, observe_range, verify, written
from stackgen.verification.view import screen

OK, FOUND = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run: what to look at, how, and for how long."""

    observation: Observation
    targets: Sequence[Target]
    by: Access
    #: Seconds; None: one look, or until somebody ends it.
    window: float | None
    every: float
    only: tuple[str, ...]
    skip: tuple[str, ...]

    def verified(self) -> Verified:
        """What has been found so far."""
        return verify(self.observation, datetime.now(UTC).date(), only=self.only, skip=self.skip)


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Verify; exit with 1 where something was found that is as bad as `--fail-on` says, or worse."""
    for id_ in (*arguments.only, *arguments.skip):
        _known(id_)
    by = access(arguments.header, arguments.bearer_token_file, arguments.ca_file, arguments.timeout)
    project = read_project(Path())
    definitions = declared(definitions_of(project, arguments.definition))
    targets = resolve(arguments.targets, by, arguments.job)
    windows = [window_seconds(arguments.window, each) for each in targets]
    this = _Run(
        observation=Observation(declared=definitions),
        targets=targets,
        by=by,
        window=windows[0],
        every=_interval(arguments.interval),
        only=arguments.only,
        skip=(*arguments.skip, *(() if arguments.only else skipped(project))),
    )
    if arguments.watch:
        _watch(this, say)
    else:
        _look(this)
    verified = this.verified()
    write_report(written(verified, arguments.format), arguments.output, say)
    return FOUND if failing(verified.report, arguments.fail_on) else OK


def _known(id_: str) -> None:
    known = [each for each in checks() if each.startswith(AREA)]
    if id_ not in known:
        raise StackgenError(f"there is no check {id_!r} of what is exposed; {nearest(id_, known)}")


def _interval(text: str) -> float:
    seconds = duration(text)
    if seconds is None or not 0.1 <= seconds <= 3600:
        raise StackgenError(f"--interval {text}: is no time between two looks; write 2s or 1m")
    return seconds


def _look(this: _Run) -> None:
    """One look, or two that are a window apart; a Prometheus knows what moved and is not waited for."""
    observe(this.observation, this.targets, this.by)
    if this.window is None:
        return
    this.observation.window = prometheus_duration(this.window)
    observe_range(this.observation, this.targets, this.by, this.observation.window)
    waiting = [each for each in this.targets if each.job is None]
    if waiting:
        with Progress(sys.stderr) as progress:
            for passed in _ticks(this.window):
                progress("seeing what moves, second", round(passed), round(this.window))
        observe(this.observation, waiting, this.by)


def _ticks(seconds: float) -> Iterator[float]:
    """Twice a second until the time is over: how much of it has passed."""
    start = time.monotonic()
    while (passed := time.monotonic() - start) < seconds:
        yield passed
        time.sleep(min(0.5, seconds - passed))


def _watch(this: _Run, say: Callable[[str], None]) -> None:
    """Look again and again until the window is over or somebody has had enough (Ctrl-C)."""
    start, before = time.monotonic(), set[Finding]()
    try:
        while True:
            observe(this.observation, this.targets, this.by)
            passed = time.monotonic() - start
            this.observation.window = prometheus_duration(max(round(passed), 1)) if passed >= this.every / 2 else ""
            verified = this.verified()
            if sys.stdout.isatty():
                size = shutil.get_terminal_size()
                say(screen(this.observation, verified, (size.columns, size.lines)).rstrip("\n"))
            else:
                before = _tell_changes(verified, before, say)
            if this.window is not None and passed >= this.window:
                return
            time.sleep(this.every)
    except KeyboardInterrupt:
        return  # that is how a view is closed; what was seen is reported


def _tell_changes(verified: Verified, before: set[Finding], say: Callable[[str], None]) -> set[Finding]:
    """What has come and what has gone since the last look, a line each."""
    now = {each for each in verified.report.findings if each.id != "exposition/never-moved"}
    for each in sorted(now - before):
        say(f"+ {line(each)}")
    for each in sorted(before - now):
        say(f"- {line(each)}")
    return now
